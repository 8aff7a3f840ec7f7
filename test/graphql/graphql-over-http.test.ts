import { auditServer } from 'graphql-http';
import { expect, test } from 'vitest';
import { gateway } from '../support/gateway.ts';

test('the gateway passes every audit of the GraphQL over HTTP specification', async () => {
  const { url } = await gateway();
  const results = await auditServer({ url: `${url}/graphql` });
  expect(results.length).toBeGreaterThan(55);
  const failed = results.flatMap((result) =>
    result.status === 'ok' ? [] : [`${result.status} ${result.id}: ${result.name}: ${result.reason}`],
  );
  expect(failed).toEqual([]);
});
