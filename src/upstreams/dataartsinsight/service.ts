import { codeTable, type CodeTable, type Service } from '../../http/service.ts';

const workspaceCodes = Array.from(
  { length: 21 },
  (_, i) => [String(24150000 + i), 'BAD_USER_INPUT'] as const,
);

const codes: CodeTable = {
  20010003: 'FORBIDDEN',
  24010003: 'NOT_FOUND',
  24010043: 'FORBIDDEN',
  'APIGW.0106': 'BAD_USER_INPUT',
  ...Object.fromEntries(workspaceCodes),
};

/** DataArts Insight, with its error codes (page "Error Codes"), which come bare or with the product's name in front. */
export const dataartsinsight: Service = {
  name: 'dataartsinsight',
  codes: codeTable({
    ...codes,
    ...Object.fromEntries(
      Object.entries(codes).map(([code, meaning]) => [`DataArtsInsight.${code}`, meaning]),
    ),
  }),
};
