/** Options to run TypeScript. Where Node strips types itself, which is twice as fast, this only silences its warning. */
export const typescript: readonly string[] =
  'typescript' in process.features && process.features.typescript
    ? ['--disable-warning=ExperimentalWarning']
    : ['--import', import.meta.resolve('tsx/esm')]
