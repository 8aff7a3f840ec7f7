import { expect, test } from 'vitest';
import { createWorld } from '../../src/sandbox/world.ts';
import { gateway, type TestGateway } from '../support/gateway.ts';

const OTHER = 'token-of-another-caller';
/** Long beside what an operation takes here, so that places are what is short. */
const CALL_MS = 250;

/** Nine of ten requests are the attacker's. */
const ATTACKERS = 54;
const OTHERS = 6;
const TIMES = 3;

const worldOfBoth = () => {
  const world = createWorld();
  world.tokens.push({ value: OTHER, expiresAt: Date.now() + 3_600_000, ended: false });
  return world;
};

type SandboxCall = TestGateway['sandbox']['calls'][number];

interface Sides {
  attack: (at: number) => string;
  ask: (at: number) => string;
  /** Tells the call of the other caller that counts from all others. */
  isOwn: (call: SandboxCall, at: number) => boolean;
}

/** The attacker sends without a pause, the other caller beside it; gives how many calls of the attacker came before each one's own. */
const overtaken = async (
  gate: TestGateway,
  { attack, ask, isOwn }: Sides,
  { others: count = OTHERS, isAhead = (_call: SandboxCall): boolean => true } = {},
) => {
  const attackers = { on: true, sent: 0 };
  const { calls } = gate.sandbox;
  const ahead: number[] = [];
  /* oxlint-disable no-await-in-loop -- each of them sends one after the other */
  const attacking = Array.from({ length: ATTACKERS }, async () => {
    while (attackers.on) await gate.ask(attack((attackers.sent += 1)));
  });
  await expect.poll(() => attackers.sent).toBeGreaterThan(ATTACKERS);
  await Promise.all(
    Array.from({ length: count }, async (_, place) => {
      for (let time = 0; time < TIMES; time += 1) {
        const at = place * TIMES + time;
        const from = calls.length;
        const { errors } = await gate.ask(ask(at), {}, { 'x-auth-token': OTHER });
        expect(errors).toBeUndefined();
        const later = calls.slice(from);
        const own = later.findIndex((call) => call.headers['x-auth-token'] === OTHER && isOwn(call, at));
        const before = later
          .slice(0, own)
          .filter((call) => call.headers['x-auth-token'] !== OTHER && isAhead(call));
        ahead.push(before.length);
      }
    }),
  );
  /* oxlint-enable no-await-in-loop */
  attackers.on = false;
  await Promise.all(attacking);
  return ahead;
};

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, one) => sum + one, 0) / values.length;

/** A gateway that knows both callers, with fewer places than the attacker has requests. */
const between = async () => {
  const gate = await gateway({
    sandbox: { world: worldOfBoth() },
    settings: { MAX_IN_FLIGHT: '12', MAX_QUEUE: '100', OPERATION_TIMEOUT_MS: '60000' },
  });
  // The cloud has to have accepted a token before it counts for itself.
  await gate.ask('{ endpointServices { nodes { name } } }', {}, { 'x-auth-token': OTHER });
  await gate.ask('{ endpointServices { nodes { name } } }');
  return gate;
};

test('a caller who sends nine of ten requests is not ahead of the reads of another one', async () => {
  const gate = await between();
  gate.sandbox.fault({ path: /./, delayMs: CALL_MS });
  const ahead = await overtaken(gate, {
    attack: (at) => `{ endpointServices(filter: { name: "a${at}" }) { nodes { name } } }`,
    ask: (at) => `{ endpointServices(filter: { name: "other${at}" }) { nodes { name } } }`,
    isOwn: ({ path }, at) => path.includes(`other${at}`),
  });
  // In a queue by time, some forty of the attacker's would come first.
  expect(meanOf(ahead)).toBeLessThan(ATTACKERS / 10);
});

test('a caller who sends nine of ten changes of a whitelist lengthens those of another one by one change', async () => {
  const gate = await between();
  gate.sandbox.fault({ path: /./, delayMs: 20 });
  const cluster = gate.sandbox.world.clusters.find(({ connections }) => connections.length > 10)!.id;
  const account = (prefix: string, at: number) => prefix.padEnd(32 - String(at).length, '0') + at;
  const add = (principal: string) =>
    `mutation { addPermissions(input: { parent: { clusterId: "${cluster}" }, principals: ["${principal}"] }) { userErrors { code } } }`;
  const ahead = await overtaken(
    gate,
    {
      attack: (at) => add(account('a', at)),
      ask: (at) => add(account('b', at)),
      isOwn: ({ method, body }, at) => method !== 'GET' && body.includes(account('b', at)),
    },
    { others: 1, isAhead: ({ method }) => method !== 'GET' },
  );
  expect(Math.max(...ahead)).toBeLessThanOrEqual(2);
});
