// The page is made anew while it is edited; events come from the server of the example.
export default {
  root: import.meta.dirname,
  server: { proxy: { '/events': 'http://localhost:3000' } },
};
