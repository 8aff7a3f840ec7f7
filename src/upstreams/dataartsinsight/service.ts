import { codeTable, type CodeTable } from '../../http/service.ts';
import { regionalUrl, type UpstreamService } from '../upstream.ts';

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
export const dataartsinsight = {
  name: 'dataartsinsight',
  title: 'DataArts Insight',
  auditedIds: ['instance', 'workspace'],
  baseUrl: (region) => regionalUrl('dataartsinsight', region),
  isOptional: true,
  codes: codeTable({
    ...codes,
    ...Object.fromEntries(
      Object.entries(codes).map(([code, meaning]) => [`DataArtsInsight.${code}`, meaning]),
    ),
  }),
} satisfies UpstreamService;
