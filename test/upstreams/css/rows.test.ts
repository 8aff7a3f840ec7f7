import { expect, expectTypeOf, test } from 'vitest';
import type { ClusterDetail, ClusterRow } from '../../../src/upstreams/css/rest.ts';

type DetailOnly = 'endpointIpv4' | 'endpointIpv6' | 'endpointAccessSupported';

test('the row of a cluster lacks what only its detail has, and a detail will do as a row', () => {
  expect(expectTypeOf<Exclude<keyof ClusterDetail, keyof ClusterRow>>().toEqualTypeOf<DetailOnly>()).toBe(
    true,
  );
  expect(expectTypeOf<ClusterDetail>().toExtend<ClusterRow>()).toBe(true);
});
