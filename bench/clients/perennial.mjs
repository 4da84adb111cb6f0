import { connect } from '../product.mjs';

export function open(url, { onOpen, onEvent }) {
  const stream = connect(url).on('open', onOpen).on('event', onEvent);
  return () => stream.close();
}
