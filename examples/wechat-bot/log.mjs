// One line for each step of a turn, from the callback to the reply: no secret, nothing that was said.

export function log(door, what, facts = {}) {
  const told = Object.entries(facts)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? JSON.stringify(value) : value}`);
  console.log([new Date().toISOString(), door, what, ...told].join(' '));
}
