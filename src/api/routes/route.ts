/**
 * A route is declared once: address, who may, what it takes, what it answers. The server checks by this declaration,
 * the OpenAPI document and the list of addresses are made from it.
 */
import type { Request, Response } from "express";
import * as z from "zod";
import type { Logger } from "../../core/logger.ts";
import type { ApiContext } from "../context.ts";
import type { ApiErrorCode } from "../errors/errorTable.ts";
import type { Access } from "../http/access.ts";
import type { Reply } from "../http/reply.ts";

export type Method = "get" | "head" | "post" | "patch" | "delete";

export interface RouteInput<P = unknown, Q = unknown, B = unknown> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly req: Request;
  readonly res: Response;
  readonly context: ApiContext;
  readonly log: Logger;
}

export interface JsonBody {
  readonly schema: z.ZodType;
  readonly maxBytes: number;
  readonly example: unknown;
}

export interface Route {
  readonly method: Method;
  /** In express's form: `/chain/blocks/:id`. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly access: Access;
  readonly params: z.ZodType;
  readonly query: z.ZodType;
  readonly body: JsonBody | "octets" | undefined;
  readonly answers: {
    readonly status: number;
    readonly description: string;
    /** Of JSON. */
    readonly schema?: z.ZodType;
    /** Other content types of the same status. */
    readonly types?: readonly string[];
  };
  readonly errors: readonly ApiErrorCode[];
  /** Answers with what it returns, or by itself. */
  readonly handle: (input: RouteInput) => Promise<Reply | undefined> | Reply | undefined;
}

type Parts<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType> = Pick<
  Route,
  "method" | "path" | "tag" | "summary" | "access" | "answers"
> & {
  readonly errors?: readonly ApiErrorCode[];
  readonly params?: P;
  readonly query?: Q;
  readonly body?: { readonly schema: B; readonly maxBytes: number; readonly example: unknown } | "octets";
  readonly handle: (
    input: RouteInput<z.output<P>, z.output<Q>, z.output<B>>,
  ) => Promise<Reply | undefined> | Reply | undefined;
};

type Nothing = z.ZodObject<Record<never, never>, z.core.$strict>;

/** Of routes without parameters, or without a query. */
export const NO_FIELDS = z.strictObject({});

/** A route; the handler gets checked values of the schemas' types. */
export function defineRoute<
  P extends z.ZodType = Nothing,
  Q extends z.ZodType = Nothing,
  B extends z.ZodType = z.ZodUndefined,
>({ params, query, body, errors = [], handle, ...rest }: Parts<P, Q, B>): Route {
  return {
    ...rest,
    errors,
    params: params ?? NO_FIELDS,
    query: query ?? NO_FIELDS,
    body,
    handle: (input) => handle(input as RouteInput<z.output<P>, z.output<Q>, z.output<B>>),
  };
}
