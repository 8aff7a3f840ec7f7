import type { Answer } from './exchange.ts';

const MESSAGE = 'words of the vendor';

/** Every shape of error bodies that the vendor documents, or that its clients read. */
export const REFUSAL_SHAPES = {
  errCode: (code: string | number) => ({ errCode: code, externalMessage: `${code} : ${MESSAGE}` }),
  error_code: (code: string | number) => ({ error_code: code, error_msg: MESSAGE }),
  'error_code with request_id': (code: string | number) => ({
    error_msg: MESSAGE,
    error_code: code,
    request_id: '6e24ec0c5e3b4ff5b8d4ff0b4d3d3f4e',
  }),
  'error { code }': (code: string | number) => ({ error: { code, message: MESSAGE, title: 'Refused' } }),
  'error { error_code }': (code: string | number) => ({ error: { error_code: code, error_msg: MESSAGE } }),
  'errorCode and errorMsg': (code: string | number) => ({ errorCode: code, errorMsg: MESSAGE }),
  'errorCode and errorMessage': (code: string | number) => ({ errorCode: code, errorMessage: MESSAGE }),
  'errorCode alone': (code: string | number) => ({ errorCode: code }),
  'code and message': (code: string | number) => ({ code, message: MESSAGE }),
  'items that failed': (code: string | number) => ({ error: [{ error_code: code, error_message: MESSAGE }] }),
} as const;

/** The name of one of them. */
export type RefusalShape = keyof typeof REFUSAL_SHAPES;

/** A refusal that is sent in one of these shapes, under any status. */
export interface RefusalRule {
  status: number;
  shape: RefusalShape;
  /** IAM sends a number. */
  code: string | number;
}

/** The body of the shape. */
export const refusalAnswer = ({ status, shape, code }: RefusalRule): Answer => ({
  status,
  body: REFUSAL_SHAPES[shape](code),
});
