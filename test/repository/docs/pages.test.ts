import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isEnumType } from 'graphql';
import { expect, test } from 'vitest';
import { ERROR_CODES } from '../../../src/errors/error-codes.ts';
import { apiSchema } from '../../../src/graphql/schema.ts';
import { Settings } from '../../../src/config/settings.ts';
import { anchorOf, PAGES } from '../../support/docs.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

const withoutCode = (text: string): string =>
  text.replaceAll(/```[^]*?```/g, '').replaceAll(/`[^`\n]*`/g, '`');

const anchorsIn = (text: string): Set<string> =>
  new Set(
    [...text.replaceAll(/```[^]*?```/g, '').matchAll(/^#{1,6} (.+)$/gm)].map(([, heading]) =>
      anchorOf(heading!),
    ),
  );

const LINKS = [...PAGES].flatMap(([page, text]) =>
  [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => ({ page, link: link! })),
);
const RELATIVE = LINKS.filter(({ link }) => !/^[a-z]+:/.test(link));

test.each(RELATIVE)('$page: the link to $link leads somewhere', ({ page, link }) => {
  const [path, anchor] = link.split('#') as [string, string?];
  const target = path === '' ? page : join(dirname(page), path);
  expect(existsSync(join(ROOT, target))).toBe(true);
  if (anchor !== undefined) expect(anchorsIn(PAGES.get(target) ?? '')).toContain(anchor);
});

test('the README can be read in five minutes', () => {
  expect(PAGES.get('README.md')!.trimEnd().split('\n').length).toBeLessThanOrEqual(150);
});

test('every page of docs is linked in the README and in the list of pages', () => {
  const linkedFrom = (from: string) =>
    RELATIVE.filter(({ page }) => page === from).map(({ link }) => join(dirname(from), link.split('#')[0]!));
  const pages = [...PAGES.keys()].filter((path) => path.startsWith('docs/') && path !== 'docs/README.md');
  expect(pages.filter((path) => !linkedFrom('README.md').includes(path))).toEqual([]);
  expect(pages.filter((path) => !linkedFrom('docs/README.md').includes(path))).toEqual([]);
});

/** Environment variables that are no settings of the gateway: of Node, of the command, of the doctor, of the image, of examples, tests and benchmarks. */
const OTHER_VARIABLES = [
  'BASE_IMAGE',
  'CHROMIUM_PATH',
  'DOCTOR_TOKEN',
  'GATEWAY_API_KEY',
  'GATEWAY_HOME',
  'HW_AUTH_TOKEN',
  'HW_WORKSPACE_ID',
  'NODE_EXTRA_CA_CERTS',
  'NODE_OPTIONS',
  'NODE_TLS_REJECT_UNAUTHORIZED',
  'NO_COLOR',
  'TOKEN',
  'UPDATE_SCREENSHOT',
];

/** Names in capitals that the graph or its callers use. */
const OTHER_NAMES = Object.values(apiSchema().getTypeMap())
  .flatMap((type) => (isEnumType(type) ? type.getValues().map(({ name }) => name) : []))
  .concat(Object.keys(ERROR_CODES), ['ABORTED', 'GET', 'NAME', 'PATH', 'POST', 'PUT', 'DELETE', 'WARN']);

/** Codes of failed calls: of the system and its name servers, and of TLS, the HTTP client and proxies. */
const SYSTEM_CODES = [...Object.keys(constants.errno), 'ENOTFOUND', 'TIMEOUT'];
/** Codes of Redis. */
const REDIS_CODES = ['WRONGPASS', 'NOAUTH', 'NOPERM', 'READONLY', 'CLUSTERDOWN'];
const OTHER_CODE = /^(EAI|UND_ERR|PROXY|ERR_TLS|CERT|UNABLE_TO|DEPTH_ZERO|SELF_SIGNED)_[A-Z\d_]+$/;

const KNOWN = new Set([
  ...Object.keys(Settings.shape),
  ...OTHER_VARIABLES,
  ...OTHER_NAMES,
  ...SYSTEM_CODES,
  ...REDIS_CODES,
]);

test('every setting that a page names exists', () => {
  const named = [...PAGES].flatMap(([page, text]) =>
    [...text.matchAll(/`([A-Z][A-Z0-9_]+)(?=[`=])/g)].map(([, name]) => ({ page, name: name! })),
  );
  expect(named.length).toBeGreaterThan(100);
  expect(named.filter(({ name }) => !KNOWN.has(name) && !OTHER_CODE.test(name))).toEqual([]);
});

/** Their row in the table of settings says it all. */
const EXPLAINED_BY_THEIR_ROW = ['HW_SECURITY_TOKEN', 'OTEL_SERVICE_NAME'];

test('every other setting is explained on a page', () => {
  const text = [...PAGES.values()].join('\n').replaceAll(/<!-- settings -->[^]*?<!-- \/settings -->/g, '');
  const unnamed = Object.keys(Settings.shape).filter((name) => !new RegExp(`\\b${name}\\b`).test(text));
  expect(unnamed).toEqual(EXPLAINED_BY_THEIR_ROW);
});

/** Every file that a page names, by its path from the root of the repository, from `src/` or from the page. */
const FILES = [...PAGES].flatMap(([page, text]) =>
  [...text.matchAll(/`([\w./-]+\/[\w.-]+\.(?:ts|js|json|yaml|graphql|cfg|png))`/g)].map(([, file]) => ({
    page,
    file: file!,
  })),
);

test('every file that a page names exists', () => {
  expect(FILES.length).toBeGreaterThan(20);
  const isThere = ({ page, file }: (typeof FILES)[number]) =>
    ['', 'src', dirname(page)].some((folder) => existsSync(join(ROOT, folder, file)));
  expect(FILES.filter((one) => !isThere(one))).toEqual([]);
});
