import { expect, onTestFinished, test, vi } from 'vitest';
import { ASK_NAME, getOnlyError } from '../support/sample-operations.ts';
import { closedPort, head, startRawServer, whole } from '../support/raw-server.ts';
import { CANARY, DETAIL_BODY, startGatewayBefore, write } from './broken-upstream.ts';

const GOOD = whole(DETAIL_BODY);
const NAME = { data: { cluster: { name: 'plain' } } };
const INDETERMINATE = {
  connectedInstance: null,
  userErrors: [expect.objectContaining({ code: 'INDETERMINATE' })],
};

test('a kept connection that is closed under a read is made good at once, by one call more', async () => {
  const raw = await startRawServer((socket, { connection }) => {
    if (connection > 1 || raw.visits.length === 1) socket.write(GOOD);
    else socket.end();
  });
  const { ask } = await startGatewayBefore(raw.url);
  expect(await ask(ASK_NAME)).toEqual(NAME);
  // Nobody has the time to wait before a try: what is made good is so at once.
  const longWaits = vi.spyOn(Math, 'random').mockReturnValue(1_000_000);
  onTestFinished(() => longWaits.mockRestore());
  expect(await ask(ASK_NAME)).toEqual(NAME);
  expect(raw.visits.map(({ connection }) => connection)).toEqual([1, 1, 2]);
});

test('a kept connection that is closed under a write is not made good: nobody knows whether it ran', async () => {
  const raw = await startRawServer((socket, { connection }) => {
    if (connection > 1 || raw.visits.length === 1) socket.write(whole('{"id":"i"}'));
    else socket.end();
  });
  const gate = await startGatewayBefore(raw.url);
  expect((await write(gate)).payload).toMatchObject({ userErrors: [] });
  expect((await write(gate)).payload).toEqual(INDETERMINATE);
  expect(raw.visits.map(({ method, connection }) => [method, connection])).toEqual([
    ['POST', 1],
    ['POST', 1],
  ]);
});

test('many kept connections that are closed while nothing runs are not noticed', async () => {
  const raw = await startRawServer((socket) => {
    socket.write(GOOD);
    setTimeout(() => socket.end(), 50);
  });
  const { ask } = await startGatewayBefore(raw.url);
  await Promise.all(Array.from({ length: 20 }, () => ask(ASK_NAME)));
  await expect.poll(raw.open).toBe(0);
  expect(await Promise.all(Array.from({ length: 20 }, () => ask(ASK_NAME)))).toEqual(
    Array.from({ length: 20 }, () => NAME),
  );
});

test('what follows an answer unasked is never taken for the answer to the next call', async () => {
  const forged = whole(JSON.stringify({ id: 'x', name: CANARY, status: '200' }));
  const raw = await startRawServer((socket) => socket.write(Buffer.concat([GOOD, forged])));
  const { ask } = await startGatewayBefore(raw.url);
  for (let n = 1; n <= 5; n += 1) {
    expect(await ask(ASK_NAME)).toEqual(NAME); // oxlint-disable-line no-await-in-loop
    expect(raw.visits).toHaveLength(n);
  }
});

test('a connection that is reset at once is of no use to a read, and a write is told one of two true things', async () => {
  const raw = await startRawServer(
    () => {},
    (socket) => socket.resetAndDestroy(),
  );
  const gate = await startGatewayBefore(raw.url);
  expect(getOnlyError(await gate.ask(ASK_NAME)).extensions).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
  const { code } = await write(gate);
  // The reset can come before or after the bytes of the request are on their way.
  expect(code).toMatch(/^(INDETERMINATE|UPSTREAM_UNAVAILABLE)$/);
});

test('a port that nothing listens on is unavailable, and a write to it did not run', async () => {
  const gate = await startGatewayBefore(await closedPort());
  for (const { data, errors } of [await gate.ask(ASK_NAME), (await write(gate)).answer]) {
    expect(Object.values(data)).toEqual([null]);
    expect(getOnlyError({ errors: errors! }).extensions).toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
      retryable: true,
    });
  }
});

test('a port that does not speak TLS is unavailable, and a write to it did not run', async () => {
  const raw = await startRawServer(
    () => {},
    (socket) => socket.once('data', () => socket.end(head('400 No', `X-Canary: ${CANARY}`))),
  );
  const gate = await startGatewayBefore(raw.url.replace('http:', 'https:'));
  const answer = await gate.ask(ASK_NAME);
  expect(getOnlyError(answer).extensions).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', retryable: true });
  const written = await write(gate);
  expect(written.answer.data).toEqual({ verifyAndCreateEndpoint: null });
  expect(getOnlyError(written.answer).extensions).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
  expect(JSON.stringify([answer, written, gate.log])).not.toContain(CANARY);
  await expect.poll(raw.open).toBe(0);
});

test('a port that accepts and never speaks TLS is given up in time', async () => {
  const raw = await startRawServer(() => {});
  const gate = await startGatewayBefore(raw.url.replace('http:', 'https:'));
  const { code } = getOnlyError(await gate.ask(ASK_NAME)).extensions;
  // Whichever of the two clocks is first: the one of the connection or the one of the call.
  expect(code).toMatch(/^UPSTREAM_(TIMEOUT|UNAVAILABLE)$/);
  await expect.poll(raw.open, { timeout: 5_000 }).toBe(0);
});

test.each(['301 Moved', '302 Found', '307 Temporary', '308 Permanent'])(
  'neither a read nor a write follows a redirect of status %s',
  async (status) => {
    const elsewhere = await startRawServer((socket) => socket.write(GOOD));
    const raw = await startRawServer((socket) =>
      socket.write(whole(CANARY, status, `Location: ${elsewhere.url}/${CANARY}`)),
    );
    const gate = await startGatewayBefore(raw.url);
    const read = await gate.ask(ASK_NAME);
    const written = await write(gate);
    expect(getOnlyError(read).extensions.code).toBe('UPSTREAM_BAD_RESPONSE');
    expect(written.payload).toEqual(INDETERMINATE);
    expect(raw.visits.map(({ method }) => method)).toEqual(['GET', 'POST']);
    expect(elsewhere.visits).toEqual([]);
    expect(JSON.stringify([read, written, gate.log])).not.toContain(CANARY);
  },
);
