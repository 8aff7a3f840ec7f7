import { ok, type Call } from '../http/exchange.ts';
import { notFound } from './errors.ts';

/** Huawei Cloud lists `v1` only, although paths with `/v2` exist. */
const V1 = {
  id: 'v1',
  status: 'CURRENT',
  updated: '2018-09-30T00:00:00Z',
  version: '1',
  min_version: '',
  links: [{ rel: 'self', type: 'application/json', href: 'https://vpcep.example.com/v1' }],
};

const getVersion = ({ path }: Call) => {
  if (path['version'] !== V1.id) throw notFound();
  return ok({ version: V1 });
};

/** The versions of the API; they need no credentials. */
export const versions = { listVersions: () => ok({ versions: [V1] }), getVersion };
