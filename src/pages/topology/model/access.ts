/** A cluster or service that an account may reach, and why. */
export interface Reachable {
  parentKey: string;
  reasons: readonly string[];
  isOpen: boolean;
  /** Whether only a record that the gateway cannot judge lets the account in. */
  isPossible: boolean;
  /** Connections of the account there; null if they could not be counted. */
  connections: number | null;
}
