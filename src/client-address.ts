import type { IncomingMessage } from 'node:http';

/** The address of the client that sent a request; undefined where its connection ended before anyone looked. */
export const addressOf = ({ socket }: Pick<IncomingMessage, 'socket'>): string | undefined =>
  socket.remoteAddress;
