import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { WriteBuffers } from '../capacity/write-buffers.ts';
import { type AddressOf, hostOfAddress } from '../guards/client-address.ts';

const zip = promisify(gzip);
const unzip = promisify(gunzip);

/** A file for browsers as it is kept: compressed, with its entity tag. */
export interface StaticFile {
  type: string;
  zipped: Buffer;
  etag: string;
  /** Content security policy of a page. */
  policy?: string;
}

/** Compresses a file. */
export const createStaticFile = async (
  content: string,
  about: Pick<StaticFile, 'type' | 'policy'>,
): Promise<StaticFile> => ({
  ...about,
  zipped: await zip(content),
  etag: `"${createHash('sha256').update(content).digest('base64url').slice(0, 20)}"`,
});

/** Sends a file, or tells that it has not changed. */
export type SendFile = (
  request: IncomingMessage,
  response: ServerResponse,
  file: StaticFile,
) => Promise<void>;

/** Creates the function that sends files: compressed to whoever takes gzip, without a body for HEAD. */
export const createFileSender =
  (writeBuffers: Pick<WriteBuffers, 'send'>, addressOf: AddressOf): SendFile =>
  async (request, response, { type, zipped, etag, policy }) => {
    // Weak: the same tag stands for the file with and without compression.
    response.setHeader('etag', `W/${etag}`);
    response.setHeader('cache-control', 'no-cache');
    response.setHeader('vary', 'accept, accept-encoding');
    response.setHeader('x-content-type-options', 'nosniff');
    response.setHeader('referrer-policy', 'no-referrer');
    if (policy !== undefined) response.setHeader('content-security-policy', policy);
    if (request.headers['if-none-match']?.includes(etag)) {
      response.writeHead(304).end();
      return;
    }
    const isZipped = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
    const body = isZipped ? zipped : await unzip(zipped);
    const headers = { 'content-type': type, ...(isZipped && { 'content-encoding': 'gzip' }) };
    if (response.destroyed) return;
    const tenant = `address ${hostOfAddress(addressOf(request))}`;
    writeBuffers.send(response, { status: 200, headers, body }, tenant);
  };
