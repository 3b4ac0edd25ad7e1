# syntax=docker/dockerfile:1
# For a build that can be repeated to the byte: --build-arg NODE_IMAGE=node:24-bookworm-slim@sha256:…
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS base
WORKDIR /app

# Changes with the lockfile alone, so most builds find it in the cache.
FROM base AS dependencies
COPY package.json package-lock.json .npmrc ./
# Not --omit=optional: argon2's binary for the platform is an optional package.
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev

FROM base AS build
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=cache,target=/root/.npm npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY src src
RUN npm run build

FROM base
LABEL org.opencontainers.image.title="express-mongo-session-starter" \
      org.opencontainers.image.description="Express, Passport and connect-flash, with sessions in MongoDB" \
      org.opencontainers.image.licenses="MIT"
ENV NODE_ENV=production
COPY --from=dependencies /app/node_modules node_modules
COPY package.json ./
COPY resources resources
COPY public public
COPY views views
COPY --from=build /app/dist dist
USER node
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=4s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 3000}/readyz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Node itself is process 1 and handles the signals: npm would not pass them on.
CMD ["node", "dist/server.js"]
