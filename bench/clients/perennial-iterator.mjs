import { connect } from '../product.mjs';

export async function open(url, { onOpen, onEvent }) {
  const stream = connect(url).on('open', onOpen);
  for await (const event of stream) onEvent(event);
}
