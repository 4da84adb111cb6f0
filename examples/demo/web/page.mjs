import { connect } from 'perennial-sse';

const TOTAL = 60;
const begun = performance.now();
const by = (id) => document.getElementById(id);

function note(list, text, name = '') {
  const item = document.createElement('li');
  item.textContent = `${((performance.now() - begun) / 1000).toFixed(1).padStart(5)} s  ${text}`;
  item.className = name;
  by(list).append(item);
}

const boxes = Array.from({ length: TOTAL }, (_, index) => {
  const box = document.createElement('span');
  box.textContent = String(index + 1);
  by('numbers').append(box);
  return box;
});

connect('/server').on('event', ({ data }) => note('server', data));

let lost = false;
const stream = connect('/events', {
  terminal: { event: 'done' },
  timeouts: { idle: 2000 },
});
stream.on('open', () => {
  by('state').textContent = 'open';
  note('stream', 'open');
});
stream.on('event:message', ({ data }) => {
  boxes[data - 1].className = lost ? 'after' : 'come';
  lost = false;
});
stream.on('retry', ({ attempt, delay, error }) => {
  lost = true;
  by('state').textContent = 'waiting';
  note(
    'stream',
    `${error?.code ?? 'clean end'}: retry ${attempt} in ${Math.round(delay)} ms`,
    'wait',
  );
});
stream.on('close', ({ reason }) => {
  by('state').textContent = `over: ${reason}`;
  note('stream', `over: ${reason}`);
});
