/** Bytes of responses that are read in one turn of the event loop: to parse and to check them takes some ten milliseconds of CPU. */
const BYTES_IN_A_TURN = 1024 * 1024;

interface Waiting {
  bytes: number;
  read: () => void;
}

let bytesLeft = BYTES_IN_A_TURN;
let isTurnEnding = false;
let waiting: Waiting[] = [];

const beginTurn = (): void => {
  bytesLeft = BYTES_IN_A_TURN;
  isTurnEnding = false;
  const all = waiting;
  waiting = [];
  for (const { bytes, read } of all) readInTurn(bytes, read);
};

/**
 * Reads a response of so many bytes at once, or in a later turn of the event loop if enough was read in this one: when many long
 * responses arrive together, other requests run between them. The order is that of arrival.
 */
export const readInTurn = (bytes: number, read: () => void): void => {
  if (!isTurnEnding) {
    isTurnEnding = true;
    setImmediate(beginTurn);
  }
  if (bytesLeft <= 0) {
    waiting.push({ bytes, read });
    return;
  }
  bytesLeft -= bytes;
  read();
};
