import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { emptyWorld, makeCluster, makePermission } from '../../../src/sandbox/world.ts';
import { gateway } from '../../support/gateway.ts';

const MUTATIONS = {
  add: `mutation ($input: AddPermissionsInput!) { addPermissions(input: $input) {
    added removed permissions { permission } userErrors { code } } }`,
  remove: `mutation ($input: RemovePermissionsInput!) { removePermissions(input: $input) {
    added removed permissions { permission } userErrors { code } } }`,
};

/** Accounts of one of the callers, or in the list from the beginning. */
const accounts = (caller: string) => ['0', '1', '2', '3'].map((digit) => `${caller}${digit}`.padEnd(32, 'f'));

const steps = (caller: string) =>
  fc.array(
    fc.record({
      action: fc.constantFrom('add' as const, 'remove' as const),
      principals: fc.uniqueArray(
        fc
          .tuple(fc.constantFrom(...accounts(caller)), fc.boolean())
          .map(([account, prefixed]) => (prefixed ? `iam:domain::${account}` : account)),
        { minLength: 1, maxLength: 3 },
      ),
      openToEveryone: fc.boolean(),
    }),
    { maxLength: 6 },
  );

interface Step {
  action: 'add' | 'remove';
  principals: readonly string[];
  openToEveryone: boolean;
}

const bareOf = (principal: string) => principal.replace('iam:domain::', '');

test('two callers at once on one cluster lose no change, never send an empty list, and meet one prefix', async () => {
  const world = emptyWorld();
  const { ask, sandbox } = await gateway({ sandbox: { world } });
  sandbox.fault({ path: /vpcepservice/, delayMs: 1 });

  /** Makes the changes one after the other, and keeps account of those that were not refused. */
  const caller = async (clusterId: string, all: readonly Step[]): Promise<Set<string>> => {
    const mine = new Set<string>();
    for (const { action, principals, openToEveryone } of all) {
      const input = { parent: { clusterId }, principals, openToEveryone };
      // oxlint-disable-next-line no-await-in-loop -- one after the other is what one caller does
      const { data, errors } = await ask(MUTATIONS[action], { input });
      expect(errors).toBeUndefined();
      const { userErrors } = data[`${action}Permissions`];
      if (userErrors.length > 0) {
        expect([action, userErrors]).toEqual(['remove', [{ code: 'CONFLICT' }]]);
        continue;
      }
      for (const principal of principals)
        if (action === 'add') mine.add(bareOf(principal));
        else mine.delete(bareOf(principal));
    }
    return mine;
  };

  await fc.assert(
    fc.asyncProperty(steps('a'), steps('b'), fc.boolean(), async (first, second, open) => {
      const permissions = open ? [] : [makePermission({ permission: `iam:domain::${'c'.repeat(32)}` })];
      const cluster = makeCluster({ permissions });
      sandbox.world.clusters.splice(0, Infinity, cluster);
      sandbox.calls.splice(0);
      const [ofFirst, ofSecond] = await Promise.all([caller(cluster.id, first), caller(cluster.id, second)]);

      const texts = sandbox.world.clusters[0]!.permissions.map(({ permission }) => permission);
      const left = (mark: string) => texts.map(bareOf).filter((text) => text.startsWith(mark));
      expect(new Set(left('a'))).toEqual(ofFirst);
      expect(new Set(left('b'))).toEqual(ofSecond);
      if (!open) expect(texts).toContain(permissions[0]!.permission);
      for (const text of texts) expect(text).toMatch(/^(\*|iam:domain::[a-f0-9]{32})$/);

      const bodies = sandbox.calls
        .filter(({ method }) => method === 'POST')
        .map(({ body }) => JSON.parse(body).vpc_permissions as string[]);
      for (const sent of bodies) {
        expect(sent.length).toBeGreaterThan(0);
        expect(new Set(sent).size).toBe(sent.length);
        expect(sent.every((entry) => /^(\*|[a-f0-9]{32})$/.test(entry))).toBe(true);
      }
    }),
    { numRuns: 40 },
  );
}, 60_000);

test('two callers on two clusters do not wait for one another', async () => {
  const world = emptyWorld();
  const clusters = [makeCluster(), makeCluster()];
  world.clusters.push(...clusters);
  const { ask, sandbox } = await gateway({ sandbox: { world } });
  sandbox.fault({ path: new RegExp(`${clusters[0]!.id}/vpcepservice`), delayMs: 300 });
  const change = ({ id }: { id: string }) =>
    ask(MUTATIONS.add, { input: { parent: { clusterId: id }, principals: ['d'.repeat(32)] } });
  const answers = clusters.map(async (cluster) => {
    const { data } = await change(cluster);
    return { clusterId: cluster.id, ...data.addPermissions };
  });
  expect(await Promise.race(answers)).toMatchObject({ clusterId: clusters[1]!.id, userErrors: [] });
  expect(await answers[0]).toMatchObject({ userErrors: [] });
});
