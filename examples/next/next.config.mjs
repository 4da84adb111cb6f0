import { withPerennial } from 'perennial-sse/next';

// Next.js would take the outermost folder with a lockfile for the project.
const root = import.meta.dirname;

export default withPerennial({
  output: 'standalone',
  outputFileTracingRoot: root,
  turbopack: { root },
});
