'use strict';

const assert = require('node:assert/strict');
const { after, before, describe, test } = require('node:test');
const { createOpenAICompatible } = require('@ai-sdk/openai-compatible');
const { chat, createRelay } = require('perennial-sse');
const { answerRoutes } = require('perennial-sse/next');
const { createResumableStreamContext } = require('perennial-sse/resumable-stream');
const { deferred, until, within } = require('./support/deadline.js');
const { startServer } = require('./support/fault-server.js');
const { serveFetch } = require('./support/fetch-server.js');
const { load } = require('./support/use-chat.js');

const PATIENCE_MS = 15_000;

/** A chunk of the model's answer. */
const chunk = (delta, finish = null) => {
  const choices = [{ index: 0, delta, finish_reason: finish }];
  return { data: JSON.stringify({ id: 'answer', model: 'm', choices }) };
};

/** A chat whose answers have the ids of the messages that they answer: the page knows them, and no table is needed. */
const byMessage = (api, last, ai) =>
  new ai.DefaultChatTransport({
    api,
    prepareSendMessagesRequest: ({ messages }) => ({ body: { id: messages.at(-1).id, messages } }),
    prepareReconnectToStreamRequest: () => ({ api: `${api}?id=${last()}` }),
  });

/**
 * The ways to give `useChat` an answer that outlives a reload. Each gives routes for a path and a method, and
 * what a page passes to the hook.
 */
const WAYS = {
  /** As the guide of the AI SDK has it, with one import changed. */
  'the bridge': ({ ai, answer }) => {
    const relay = createRelay({ name: 'use-chat, bridge' });
    const streamContext = createResumableStreamContext({ relay, waitUntil: null });
    const active = new Map();
    let streams = 0;
    return {
      // Text breaks off, and that is a failure of the network for the hook.
      failed: 'terminated',
      stopped: 'error',
      async POST(request) {
        const { id, messages } = await request.json();
        return ai.createUIMessageStreamResponse({
          stream: await answer(messages),
          async consumeSseStream({ stream }) {
            const streamId = `stream ${streams++}`;
            await streamContext.createNewResumableStream(streamId, () => stream);
            active.set(id, streamId);
          },
        });
      },
      async GET(request) {
        const id = decodeURIComponent(
          /^\/api\/chat\/(.*)\/stream$/.exec(new URL(request.url).pathname)[1],
        );
        const stream = active.has(id) && (await streamContext.resumeExistingStream(active.get(id)));
        if (!stream) return new Response(null, { status: 204 });
        const body = stream.pipeThrough(new TextEncoderStream());
        return new Response(body, { headers: ai.UI_MESSAGE_STREAM_HEADERS });
      },
      stop: (id) => relay.stop(active.get(id)),
      transport: (api) => new ai.DefaultChatTransport({ api }),
    };
  },

  /** The id of an answer is that of the message that it answers: the page knows it, and no table is needed. */
  answerRoutes: ({ ai, answer }) => {
    const relay = createRelay({ name: 'use-chat, routes' });
    let asked;
    const start = async (request, { id }) => {
      asked = id;
      const { messages } = await request.json();
      return ai.createUIMessageStreamResponse({ stream: await answer(messages) });
    };
    const routes = answerRoutes(relay, start, { protocol: 'ui-message-stream' });
    return {
      failed: 'the source of the run failed',
      stopped: 'ready',
      ...routes,
      stop: () => relay.stop(asked),
      transport: byMessage,
    };
  },

  /** Without the AI SDK on the server: chat() answers in its words. */
  "format: 'ai-sdk'": ({ answerWithChat }) => {
    const relay = createRelay({ name: 'use-chat, format' });
    let asked;
    const start = async (request, { id }) => {
      asked = id;
      const { messages } = await request.json();
      return answerWithChat(messages);
    };
    const routes = answerRoutes(relay, start, { format: 'ai-sdk' });
    return {
      failed: /^the connection was reset/,
      stopped: 'ready',
      ...routes,
      stop: () => relay.stop(asked),
      transport: byMessage,
    };
  },
};

for (const [name, way] of Object.entries(WAYS)) {
  describe(`useChat with resume, by ${name}`, () => {
    let page;
    let upstream;
    let server;
    let routes;
    const pages = [];
    /** What the server answered. */
    const answered = [];

    before(async () => {
      const { ai, open } = await load();
      upstream = await startServer((exchange) => exchange.status(404));
      const provider = createOpenAICompatible({ name: 'own', baseURL: `${upstream.url}/v1` });
      const answer = async (messages) => {
        const result = ai.streamText({
          model: provider('m'),
          messages: await ai.convertToModelMessages(messages),
          maxRetries: 0,
          onError: () => {},
        });
        return ai.toUIMessageStream({ stream: result.stream, onError: () => 'the model failed' });
      };
      const answerWithChat = (messages) =>
        chat({
          baseUrl: `${upstream.url}/v1`,
          apiKey: null,
          model: 'm',
          retry: false,
          messages: messages.map(({ role, parts }) => ({
            role,
            content: parts.map(({ text = '' }) => text).join(''),
          })),
        });
      routes = way({ ai, answer, answerWithChat });
      server = await serveFetch(async (request) => {
        const response = await routes[request.method](request);
        answered.push(`${request.method} ${response.status}`);
        return response;
      });
      /** Opens the page of a chat as a browser does that has these messages from the database. */
      page = async (id, messages) => {
        const last = () => messages.at(-1)?.id;
        const transport = routes.transport(`${server.url}/api/chat`, last, ai);
        const opened = await open({ id, messages, resume: messages.length > 0, transport });
        pages.push(opened);
        return opened;
      };
    });
    after(async () => {
      for (const each of pages) each.leave();
      await server?.close();
      await upstream?.close();
    });

    const finish = async (exchange) => {
      await exchange.event(chunk({}, 'stop'));
      await exchange.event({ data: '[DONE]' });
      await exchange.end();
    };

    /** A model that says three words, each when it is told to, and then does this. */
    const model = (last = finish) => {
      const wanted = [deferred(), deferred(), deferred()];
      upstream.handle(async (exchange) => {
        for (const [index, word] of ['one ', 'two ', 'three'].entries()) {
          await wanted[index].promise;
          await exchange.event(chunk({ content: word }));
        }
        await last(exchange);
      });
      return { asked: upstream.requests.length, say: (index) => wanted[index].resolve() };
    };

    test('a page that reloads shows the rest, two tabs show the same, and the model is asked once', async () => {
      const { asked, say } = model();
      const first = await page('chat 1', []);
      first.chat.sendMessage({ text: 'Count.' });
      say(0);
      await first.shows('one ');
      const saved = first.chat.messages.slice(0, 1);
      first.leave();
      const reloaded = await page('chat 1', saved);
      const second = await page('chat 1', saved);
      for (const tab of [reloaded, second]) {
        await tab.shows('one ');
        assert.equal(tab.chat.status, 'streaming');
      }
      say(1);
      for (const tab of [reloaded, second]) await tab.shows('one two ');
      say(2);
      for (const tab of [reloaded, second]) {
        await tab.is('ready');
        await tab.shows('one two three');
        assert.deepEqual(
          tab.chat.messages.map(({ role }) => role),
          ['user', 'assistant'],
        );
      }
      assert.equal(upstream.requests.length, asked + 1);
    });

    test('a page whose answer is saved resumes nothing, and asks on in the same chat', async () => {
      const { say } = model();
      const first = await page('chat 2', []);
      first.chat.sendMessage({ text: 'Count.' });
      for (const index of [0, 1, 2]) say(index);
      await first.shows('one two three');
      await first.is('ready');
      const saved = first.chat.messages;
      first.leave();
      const { asked, say: sayOn } = model();
      answered.length = 0;
      const reloaded = await page('chat 2', saved);
      await until(() => answered.length > 0, PATIENCE_MS, 'the answer');
      assert.deepEqual(answered, ['GET 204']);
      await reloaded.is('ready');
      reloaded.chat.sendMessage({ text: 'Once more.' });
      sayOn(0);
      await reloaded.shows('one ');
      const unsaved = reloaded.chat.messages.slice(0, 3);
      reloaded.leave();
      const again = await page('chat 2', unsaved);
      await again.shows('one ');
      for (const index of [1, 2]) sayOn(index);
      await again.is('ready');
      await again.shows('one two three');
      assert.equal(again.chat.messages.length, 4);
      assert.equal(upstream.requests.length, asked + 1);
    });

    test('a chat of which nothing is known is ready at once', async () => {
      const message = { id: 'm', role: 'user', parts: [{ type: 'text', text: 'Hello' }] };
      answered.length = 0;
      const unknown = await page('chat 3', [message]);
      await until(() => answered.length > 0, PATIENCE_MS, 'the answer');
      assert.deepEqual(answered, ['GET 204']);
      await unknown.is('ready');
      assert.equal(unknown.chat.error, undefined);
      assert.equal(unknown.chat.messages.length, 1);
    });

    test('a failure of the model reaches a page that has reloaded', async () => {
      const { say } = model((exchange) => exchange.reset());
      const first = await page('chat 4', []);
      first.chat.sendMessage({ text: 'Count.' });
      say(0);
      await first.shows('one ');
      const saved = first.chat.messages.slice(0, 1);
      first.leave();
      const reloaded = await page('chat 4', saved);
      await reloaded.shows('one ');
      for (const index of [1, 2]) say(index);
      await reloaded.is('error');
      assert.match(reloaded.chat.error.message, new RegExp(routes.failed));
    });

    test('a stop ends every tab', async () => {
      const { say } = model((exchange) => exchange.stall());
      const first = await page('chat 5', []);
      first.chat.sendMessage({ text: 'Count.' });
      say(0);
      await first.shows('one ');
      const saved = first.chat.messages.slice(0, 1);
      first.leave();
      const reloaded = await page('chat 5', saved);
      await reloaded.shows('one ');
      assert.equal(await within(routes.stop('chat 5'), PATIENCE_MS, 'the stop'), true);
      await reloaded.is(routes.stopped);
      await reloaded.shows('one ');
    });
  });
}
