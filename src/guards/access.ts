/** Who may ask the gateway; everyone where neither is given. */
export interface AccessRules {
  /** Each with the SHA-256 of the key, in hex. */
  apiKeys: readonly { name: string; hash: string }[];
  jwt?: { jwksUrl: string; issuer: string | undefined; audience: string | undefined };
}
