import { expect, test } from 'vitest';
import { SANDBOX } from '../../../../src/sandbox/world.ts';
import { gateway } from '../../../support/gateway.ts';

const QUOTAS = `GET /v1/${SANDBOX.projectId}/quotas`;
const ASK = '{ type typeRaw used limit }';

test('quotas are read in one call, however often they are asked for', async () => {
  const { ask, calls, sandbox, project } = await gateway();
  const { data, errors } = await ask(
    `query ($project: ProjectInput!) { quotas ${ASK} again: quotas(project: $project) ${ASK} }`,
    { project },
  );
  expect(errors).toBeUndefined();
  expect(data.quotas).toEqual([
    {
      type: 'ENDPOINT_SERVICE',
      typeRaw: 'endpoint_service',
      used: sandbox.world.services.length,
      limit: 50,
    },
    { type: 'ENDPOINT', typeRaw: 'endpoint', used: sandbox.world.endpoints.length, limit: 200 },
  ]);
  expect(data.again).toEqual(data.quotas);
  expect(calls()).toEqual([QUOTAS]);
});

test('a kind that this graph does not know keeps its name, and figures that are missing are null', async () => {
  const { ask, sandbox } = await gateway();
  const body = { quotas: { resources: [{ type: 'moon', used: '7' }] } };
  sandbox.fault({ path: /quotas/, respond: { status: 200, body } });
  expect(await ask(`{ quotas ${ASK} }`)).toEqual({
    data: { quotas: [{ type: 'UNKNOWN', typeRaw: 'moon', used: 7, limit: null }] },
  });
});

test('a refusal nulls the quotas alone', async () => {
  const { ask, sandbox } = await gateway();
  sandbox.fault({ path: /quotas/, respond: { status: 403, body: { error_code: 'EndPoint.0004' } } });
  const { data, errors } = await ask(`{ quotas ${ASK} endpoints { totalCount } }`);
  expect(data).toEqual({ quotas: null, endpoints: { totalCount: sandbox.world.endpoints.length } });
  expect(errors).toMatchObject([{ path: ['quotas'], extensions: { code: 'FORBIDDEN' } }]);
});
