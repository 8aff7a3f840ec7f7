import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { createAddressOf, hostOfAddress } from '../../src/guards/client-address.ts';

const request = (remoteAddress: string, forwarded?: string) =>
  ({
    headers: { ...(forwarded !== undefined && { 'x-forwarded-for': forwarded }) },
    socket: { remoteAddress },
    connection: { remoteAddress },
  }) as unknown as IncomingMessage;

test('without trusted proxies the address is that of the connection, whatever a header says', () => {
  expect(createAddressOf([])(request('203.0.113.9', '198.51.100.1'))).toBe('203.0.113.9');
});

test.each([
  { from: '10.0.0.1', forwarded: '198.51.100.1', address: '198.51.100.1' },
  // What the client wrote itself stands before what the proxy added.
  { from: '10.0.0.1', forwarded: '192.0.2.66, 198.51.100.1', address: '198.51.100.1' },
  { from: '10.0.0.1', forwarded: '198.51.100.1, 10.0.0.2', address: '198.51.100.1' },
  { from: '10.0.0.1', forwarded: undefined, address: '10.0.0.1' },
  { from: '203.0.113.9', forwarded: '198.51.100.1', address: '203.0.113.9' },
  { from: '::ffff:10.0.0.1', forwarded: '2001:db8::1', address: '2001:db8::1' },
])(
  'behind 10.0.0.0/8, a connection from $from with $forwarded is of $address',
  ({ from, forwarded, address }) => {
    expect(createAddressOf(['10.0.0.0/8'])(request(from, forwarded))).toBe(address);
  },
);

test.each([
  ['203.0.113.9', '203.0.113.9'],
  ['::ffff:203.0.113.9', '203.0.113.9'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::', '2001:db8:1:2::/64'],
  ['nowhere', 'nowhere'],
])('%s is counted as %s', (address, host) => {
  expect(hostOfAddress(address)).toBe(host);
});
