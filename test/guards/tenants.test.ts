import { expect, test } from 'vitest';
import { callerKey } from '../../src/guards/caller-key.ts';
import { createTenants } from '../../src/guards/tenants.ts';
import { createMemory } from '../../src/capacity/memory-budget.ts';

const tenants = () => createTenants(createMemory(1024 * 1024));
const address = '203.0.113.9';
const ofAddress = 'address 203.0.113.9';
const keyOf = (token: string) => callerKey({ token, subject: undefined });

test('a checked name is the tenant, whatever the token and the address', () => {
  expect(tenants().countedAs({ subject: 'app', token: 'one', address })).toEqual(['subject app']);
  expect(tenants().countedAs({ subject: 'app', token: 'two', address: '192.0.2.1' })).toEqual([
    'subject app',
  ]);
});

test('who has no token is counted by address, an IPv6 network as one', () => {
  const seen = tenants();
  expect(seen.countedAs({ subject: undefined, token: undefined, address })).toEqual([ofAddress]);
  expect(seen.countedAs({ subject: undefined, token: undefined, address: '2001:db8::1' })).toEqual(
    seen.countedAs({ subject: undefined, token: undefined, address: '2001:db8::2' }),
  );
});

test('tokens that the cloud has not accepted are one tenant at one address', () => {
  const seen = tenants();
  const made = ['a', 'b', 'c'].map((token) => seen.countedAs({ subject: undefined, token, address })[0]);
  expect(new Set(made)).toEqual(new Set([ofAddress]));
});

test('a token that the cloud accepted is a tenant of its own, at every address', () => {
  const seen = tenants();
  seen.accept(keyOf('good'));
  const [tenant, ...more] = seen.countedAs({ subject: undefined, token: 'good', address });
  expect(more).toEqual([]);
  expect(tenant).not.toBe(ofAddress);
  expect(seen.countedAs({ subject: undefined, token: 'good', address: '192.0.2.1' })[0]).toBe(tenant);
  expect(seen.countedAs({ subject: undefined, token: 'bad', address })[0]).toBe(ofAddress);
});

test('no tenant has a token in its name', () => {
  const seen = tenants();
  seen.accept(keyOf('secret-token'));
  expect(seen.countedAs({ subject: undefined, token: 'secret-token', address }).join()).not.toContain(
    'secret',
  );
});
