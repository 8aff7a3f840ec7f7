import { expect, test } from 'vitest';
import { runAccess } from '../../src/cli/access.ts';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { callContext } from '../support/command.ts';
import { gateway } from '../support/gateway.ts';
import { emptyWorld, makeCluster, makeService, SANDBOX } from '../../src/sandbox/world.ts';

const ACCOUNT = '728c877445ec3857378ab2174f194ff3';

interface Access {
  id: string;
  name: string;
  kind: string;
  admittedBy: string[];
  maybeAdmittedBy: string[];
  connections: unknown[];
}

const access = async (url: string, json = true, domainId = ACCOUNT) => {
  const { context, written } = callContext(url);
  const code = await runAccess(context, { domainId, json });
  return { code, ...written };
};

test('each cluster and service that lets an account in is told, by which record', async () => {
  const { url } = await gateway();
  const { out } = await access(url);
  const found = new Map((JSON.parse(out) as Access[]).map((one) => [`${one.kind} ${one.name}`, one]));
  expect(found.get('cluster orders-search')).toMatchObject({
    admittedBy: [`iam:domain::${ACCOUNT}`],
    maybeAdmittedBy: [],
  });
  expect(found.get('cluster public-docs')!.admittedBy).toEqual(['*']);
  expect(found.get('cluster org-knowledge')).toMatchObject({
    admittedBy: [],
    maybeAdmittedBy: [expect.stringContaining('orgPath')],
  });
  expect(found.get('cluster audit-trail')).toMatchObject({ admittedBy: [] });
  expect(found.get('cluster audit-trail')!.connections).toHaveLength(4);
});

test('an empty whitelist of a cluster lets everyone in', async () => {
  const world = emptyWorld();
  world.clusters.push(makeCluster({ name: 'open' }));
  const { url } = await gateway({ sandbox: { world } });
  const { code, out } = await access(url);
  expect(JSON.parse(out)).toMatchObject([{ name: 'open', admittedBy: ['(empty whitelist)'] }]);
  expect(code).toBe(EXIT.done);
});

test('whoever owns a service needs no record', async () => {
  const world = emptyWorld();
  world.services.push(makeService());
  const { url } = await gateway({ sandbox: { world } });
  const { out } = await access(url, true, SANDBOX.domainId);
  expect(JSON.parse(out)).toMatchObject([{ kind: 'service', admittedBy: ['(owner of the service)'] }]);
});

test('both lists are read in one operation, with the calls that they share made once', async () => {
  const { url, calls } = await gateway();
  await access(url);
  expect(calls()).toHaveLength(40);
});

test('all connections of the account are told, of a list longer than a page too', async () => {
  const { url, ask } = await gateway();
  const fleet = (JSON.parse((await access(url)).out) as Access[]).find(
    ({ name }) => name === 'telemetry-fleet',
  )!;
  const { data } = await ask(
    `{ cluster(clusterId: "${fleet.id}") { connections(first: 1000, filter: { domainId: "${ACCOUNT}" }) { nodes { endpointId } } } }`,
  );
  const expected = data.cluster.connections.nodes.map(({ endpointId }: { endpointId: string }) => endpointId);
  expect(expected.length).toBeGreaterThan(100);
  expect(fleet.connections.map((one) => (one as { endpointId: string }).endpointId)).toEqual(expected);
});

test('a list that is cut makes the answer partial', async () => {
  const { url } = await gateway();
  const { code, err } = await access(url);
  expect(code).toBe(EXIT.partial);
  expect(err).toContain('RESULT_TRUNCATED');
});

test('as text for people', async () => {
  const { url } = await gateway();
  const { out } = await access(url, false);
  expect(out).toMatch(
    /^orders-search \(cluster\) [\w-]+\n {2}admitted by iam:domain::\w+\n {2}connected: [\w-]+ \w+\n/m,
  );
  expect(out).toMatch(/audit-trail \(cluster\) [\w-]+\n {2}admitted by no record any more\n/);
});

test('a whitelist that cannot be read is no whitelist without a record', async () => {
  const { url, sandbox } = await gateway();
  const partner = '5812e2b9-7752-4841-84c7-2e558e76395d';
  sandbox.fault({
    path: new RegExp(`${partner}/permissions`),
    respond: { status: 403, body: { error_code: 'APIGW.0302' } },
  });
  const { code, err, out } = await access(url);
  expect(code).toBe(EXIT.partial);
  expect(err).toContain('FORBIDDEN');
  const found = JSON.parse(out) as (Access & { whitelistRead: boolean })[];
  expect(found.filter(({ whitelistRead }) => !whitelistRead).map(({ name }) => name)).toEqual([
    // Its generation of the answer has no whitelist.
    'legacy-catalog',
    expect.stringContaining(partner),
  ]);
  const text = await access(url, false);
  expect(text.out).toMatch(
    new RegExp(`${partner}\\n {2}the whitelist could not be read completely\\n {2}connected`),
  );
});

test('a service that does not answer is told, with what the others say', async () => {
  const { url, sandbox } = await gateway();
  sandbox.fault({
    path: /vpc-endpoint-services\?/,
    respond: { status: 403, body: { error_code: 'APIGW.0302' } },
  });
  const { code, err, out } = await access(url);
  expect(code).toBe(EXIT.partial);
  expect(err).toContain('FORBIDDEN');
  expect(JSON.parse(out)).toContainEqual(expect.objectContaining({ name: 'orders-search' }));
});
