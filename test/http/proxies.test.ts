import { expect, test } from 'vitest';
import {
  describeProxies,
  findProxy,
  listProxySecrets,
  parseExceptions,
  parseProxy,
  type Proxies,
} from '../../src/http/proxies.ts';

const proxies = (except = ''): Proxies => ({
  https: parseProxy('http://user:pass%40word@secure.example:3128')!,
  http: parseProxy('plain.example')!,
  except: parseExceptions(except),
});

const proxyOf = (url: string, except?: string) => findProxy(proxies(except), new URL(url))?.url.origin;

test('the scheme of a URL decides which proxy it takes, and none is one as well', () => {
  expect(proxyOf('https://css.example')).toBe('http://secure.example:3128');
  expect(proxyOf('http://css.example')).toBe('http://plain.example');
  expect(findProxy({ except: [] }, new URL('https://css.example'))).toBeUndefined();
  expect(
    findProxy({ http: parseProxy('proxy')!, except: [] }, new URL('https://css.example')),
  ).toBeUndefined();
});

test.each(['localhost', 'LOCALHOST.', 'css.localhost', '127.0.0.1', '127.8.0.1', '[::1]'])(
  'loopback takes no proxy: %s',
  (host) => {
    expect(proxyOf(`http://${host}:8080`)).toBeUndefined();
    expect(proxyOf(`https://${host}`)).toBeUndefined();
  },
);

test.each([
  { except: 'css.example', url: 'https://css.example', isDirect: true },
  { except: 'css.example', url: 'https://CSS.example./', isDirect: true },
  { except: 'example', url: 'https://css.example', isDirect: true },
  { except: '.example', url: 'https://css.example', isDirect: true },
  { except: '*.example', url: 'https://a.css.example', isDirect: true },
  { except: 'ss.example', url: 'https://css.example', isDirect: false },
  { except: 'css.example.com', url: 'https://css.example', isDirect: false },
  { except: '*', url: 'https://css.example', isDirect: true },
  { except: 'a, b\tcss.example', url: 'https://css.example', isDirect: true },
  { except: 'css.example:443', url: 'https://css.example', isDirect: true },
  { except: 'css.example:8443', url: 'https://css.example', isDirect: false },
  { except: 'css.example:80', url: 'http://css.example', isDirect: true },
  { except: '10.1.2.3', url: 'https://10.1.2.3', isDirect: true },
  { except: '10.0.0.0/8', url: 'https://10.1.2.3', isDirect: true },
  { except: '10.0.0.0/8', url: 'https://11.1.2.3', isDirect: false },
  { except: '10.0.0.0/99', url: 'https://10.1.2.3', isDirect: false },
  { except: '2.3', url: 'https://10.1.2.3', isDirect: false },
  { except: '[fd00::1]:8443', url: 'https://[fd00::1]:8443', isDirect: true },
  { except: 'fd00:0::1', url: 'https://[fd00::1]', isDirect: true },
  { except: 'fd00::/8', url: 'https://[fd12::1]', isDirect: true },
  { except: ',, ,', url: 'https://css.example', isDirect: false },
  { except: '.', url: 'https://css.example', isDirect: false },
])('NO_PROXY=$except leaves $url without a proxy: $isDirect', ({ except, url, isDirect }) => {
  expect(proxyOf(url, except) === undefined).toBe(isDirect);
});

test('credentials of a proxy are decoded for its header, and are no part of its URL or its description', () => {
  const all = proxies('10.0.0.0/8');
  const encoded = Buffer.from('user:pass@word').toString('base64');
  expect(all.https!.authorization).toBe(`Basic ${encoded}`);
  expect(describeProxies(all)).toBe(
    'https through http://secure.example:3128, http through http://plain.example, except 10.0.0.0/8',
  );
  expect(listProxySecrets(all)).toEqual([encoded, 'pass%40word', 'pass@word']);
  expect(describeProxies({ except: ['a'] })).toBeUndefined();
});

test.each([
  '',
  'http://',
  'ftp://proxy',
  'socks5://proxy:1080',
  'http://proxy:port',
  'http://u:%zz@proxy',
  'a b',
])('no URL of a proxy: %s', (text) => {
  expect(parseProxy(text)).toBeUndefined();
});
