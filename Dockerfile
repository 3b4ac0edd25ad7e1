# For a reproducible build: --build-arg NODE_IMAGE=node:24-bookworm-slim@sha256:…
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS base
WORKDIR /app

# Changes only with the lockfile, so most builds use the cache.
FROM base AS dependencies
COPY package.json package-lock.json .npmrc ./
# Not --omit=optional: argon2's binary for the platform is an optional package.
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev

FROM base AS build
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=cache,target=/root/.npm npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY src src
COPY resources resources
COPY public public
COPY views views
# A clone made under umask 027 or 077 has files that only their owner may read, and COPY keeps it that way.
RUN npm run build && chmod -R a+rX package.json dist resources public views

FROM base
ENV NODE_ENV=production
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/package.json ./
COPY --from=build /app/resources resources
COPY --from=build /app/public public
COPY --from=build /app/views views
COPY --from=build /app/dist dist
USER node
EXPOSE 3000
# Every second until the app is ready, then rarely: each check starts a process.
HEALTHCHECK --interval=30s --timeout=4s --start-period=60s --start-interval=1s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 3000}/readyz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Node itself is process 1 and handles the signals; npm would not pass them on.
CMD ["node", "dist/server.js"]
