export { register } from 'perennial-sse/next';
