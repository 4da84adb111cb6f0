// What a user's first program does, on any runtime: reads a stream to its end and prints what came.
import { connect } from 'perennial-sse';

const data = [];
for await (const event of connect(`${process.env.SERVER}/events`)) data.push(event.data);
console.log(JSON.stringify(data));
