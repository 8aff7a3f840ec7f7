import { expect, test } from 'vitest';
import { listRedisPasswords, parseRedisUrl } from '../../src/cache/redis-url.ts';

test.each([
  {
    url: 'redis://redis.internal',
    target: { mode: 'standalone', addresses: [{ host: 'redis.internal', port: 6379 }], db: 0, tls: false },
  },
  {
    url: 'rediss://user:p%40ss@[::1]:6380/2',
    target: {
      addresses: [{ host: '::1', port: 6380 }],
      username: 'user',
      password: 'p@ss',
      db: 2,
      tls: true,
    },
  },
  { url: 'redis://redis.internal?password=secret&db=3', target: { password: 'secret', db: 3 } },
  {
    url: 'redis-sentinel://:secret@one:26379,two/mymaster/1?sentinelPassword=other',
    target: {
      mode: 'sentinel',
      addresses: [
        { host: 'one', port: 26_379 },
        { host: 'two', port: 26_379 },
      ],
      masterName: 'mymaster',
      password: 'secret',
      sentinelPassword: 'other',
      db: 1,
      tls: false,
    },
  },
  {
    url: 'rediss-cluster://one:7000,two',
    target: {
      mode: 'cluster',
      addresses: [
        { host: 'one', port: 7000 },
        { host: 'two', port: 6379 },
      ],
      tls: true,
    },
  },
])('$url is read', ({ url, target }) => {
  expect(parseRedisUrl(url)).toMatchObject(target);
});

test.each([
  { url: 'http://canary', problem: /^must be `redis:/ },
  { url: 'redis+cluster://canary', problem: /^must be `redis:/ },
  { url: 'redis://', problem: /^must be `redis:/ },
  { url: 'redis://canary:99999', problem: /ports below 65536/ },
  { url: 'redis://canary,', problem: /hosts with ports/ },
  { url: 'redis://canary,canary', problem: /several hosts/ },
  { url: 'redis-sentinel://canary', problem: /name the master group/ },
  { url: 'redis-sentinel://canary/', problem: /name the master group/ },
  { url: 'redis-cluster://canary/1', problem: /no database/ },
  { url: 'redis://canary/canary', problem: /number of a database/ },
  { url: 'redis://canary?canary=6', problem: /takes no parameters but/ },
])('$url is refused, with what is wrong and nothing of it', ({ url, problem }) => {
  const told = parseRedisUrl(url);
  expect(told).toMatch(problem);
  expect(told).not.toContain('canary');
});

test('passwords are found in every form', () => {
  const passwords = (url: string) => new Set(listRedisPasswords(url).filter(Boolean));
  expect(passwords('redis-sentinel://u:one%21@a,b/m?sentinelPassword=two&password=three')).toEqual(
    new Set(['one%21', 'one!', 'two', 'three']),
  );
  expect(passwords('redis://host')).toEqual(new Set());
});
