import { connect } from '../product.mjs';

export function open(url, { onOpen, onEvent }) {
  const stream = connect(url, { http2: true }).on('open', onOpen).on('event', onEvent);
  return () => stream.close();
}
