/** The ledger of rewards and the accounts that it adds up to. */
import * as z from "zod";
import { snakeCase } from "../http/snakeCase.ts";
import { listOf, pageOf } from "../schemas/chain.ts";
import { given } from "../schemas/chat.ts";
import { accountBalance, ledgerEntry } from "../schemas/experts.ts";
import { hashField, limitField, pageQuery } from "../schemas/fields.ts";
import type { PageQuery } from "../services/chain.ts";
import { defineRoute, type Route } from "./route.ts";

export const ledgerRoutes: readonly Route[] = [
  defineRoute({
    method: "get",
    path: "/ledger",
    tag: "experts",
    summary: "Entries of the ledger, newest first.",
    access: "read",
    query: z.strictObject(pageQuery),
    answers: { status: 200, description: "A page.", schema: pageOf(ledgerEntry) },
    errors: ["bad_cursor"],
    async handle({ query, context }) {
      const { items, nextCursor } = await context.services.experts.ledger(given(query) as PageQuery);
      return { body: snakeCase({ items, nextCursor }), tagged: true };
    },
  }),
  defineRoute({
    method: "get",
    path: "/accounts",
    tag: "experts",
    summary: "Balances of authors.",
    access: "read",
    query: z.strictObject({ limit: limitField(100) }),
    answers: { status: 200, description: "Most credit first.", schema: listOf(accountBalance) },
    handle: async ({ query: { limit }, context }) => ({
      body: snakeCase({ items: await context.services.experts.balances(limit) }),
    }),
  }),
  defineRoute({
    method: "get",
    path: "/accounts/:account",
    tag: "experts",
    summary: "The balance of one author; zero where nothing was earned.",
    access: "read",
    params: z.strictObject({ account: hashField }),
    answers: { status: 200, description: "The balance.", schema: accountBalance },
    handle: async ({ params: { account }, context }) => ({
      body: snakeCase(await context.services.experts.balance(account)),
    }),
  }),
];
