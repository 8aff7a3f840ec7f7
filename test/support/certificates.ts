import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, getCACertificates, setDefaultCACertificates } from 'node:tls';
import { onTestFinished } from 'vitest';

/** Whether this machine has `openssl`. */
export const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

/** A private key and its certificate. */
interface KeyPair {
  key: Buffer;
  cert: Buffer;
}

/** A certificate authority of the test's own. */
export interface Authority {
  /** Issues a certificate for a host, valid for so many days; a negative number has it end in the past. */
  issue: (host: string, days?: number) => KeyPair;
  /** Has this process trust it until the test ends. */
  trust: () => void;
}

const NEW_KEY = '-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes';
const BY_AUTHORITY = '-CA ca.crt -CAkey ca.key -CAcreateserial -copy_extensions copy';

/** Creates an authority. Its files are gone with the test. */
export const createAuthority = (): Authority => {
  const folder = mkdtempSync(join(tmpdir(), 'authority-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const openssl = (command: string) =>
    execFileSync('openssl', command.split(' '), { cwd: folder, stdio: 'ignore' });
  openssl(`req -x509 ${NEW_KEY} -days 2 -subj /CN=authority -keyout ca.key -out ca.crt`);
  return {
    issue: (host, days = 2) => {
      const names = `-subj /CN=${host} -addext subjectAltName=DNS:${host}`;
      openssl(`req ${NEW_KEY} ${names} -keyout own.key -out own.csr`);
      openssl(`x509 -req -in own.csr ${BY_AUTHORITY} -days ${days} -out own.crt`);
      return { key: readFileSync(join(folder, 'own.key')), cert: readFileSync(join(folder, 'own.crt')) };
    },
    trust: () => {
      const before = getCACertificates('default');
      setDefaultCACertificates([...before, readFileSync(join(folder, 'ca.crt'), 'utf8')]);
      onTestFinished(() => setDefaultCACertificates(before));
    },
  };
};

/** Starts a TLS port in front of a plain one; it closes with the test. */
export const startTlsFront = async (pair: KeyPair, plainUrl: string): Promise<number> => {
  const { port } = new URL(plainUrl);
  const server = createServer(pair, (outer) => {
    const inner = connect(Number(port), '127.0.0.1');
    outer.on('error', () => inner.destroy()).on('close', () => inner.destroy());
    inner.on('error', () => outer.destroy()).on('close', () => outer.destroy());
    outer.pipe(inner).pipe(outer);
  });
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
};
