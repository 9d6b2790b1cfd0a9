/** Surfaces as files: what `surface:fit --json` prints, and reports with their signatures. */
import { isHexString } from "ethers";
import { z } from "zod";

import { PlimsollInputError } from "../../sdk/inputError";
import type { FittedChain } from "./fit";
import { type SurfaceReport, type SurfaceSlice, rawSviOf, toSlice } from "./slice";

/** A whole number that fits its field of the report, as text. */
const whole = (bits: number, signed: boolean) =>
  z
    .string()
    .regex(/^-?\d{1,20}$/, "must be a whole number as text")
    .transform(BigInt)
    .refine(
      (value) => value === (signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value)),
      `must fit ${bits} bits`,
    );

const slice = z.object({
  expiry: whole(40, false),
  forwardRatio9: whole(32, false),
  rate9: whole(32, true),
  a12: whole(48, true),
  b12: whole(48, false),
  rho12: whole(48, true),
  m12: whole(48, true),
  s12: whole(48, false),
}) satisfies z.ZodType<SurfaceSlice>;

const seconds = z.number().int().min(0).max(1_099_511_627_775);

const fits = z.object({
  surfaces: z
    .array(z.object({ currency: z.string(), observedAt: seconds, slices: z.array(slice).min(1).max(32) }))
    .min(1),
});

const signed = z.object({
  underlying: z.number().int().min(0).max(65_535),
  observedAt: seconds,
  slices: z.array(slice).min(1).max(32),
  signatures: z.array(z.string().refine((text) => isHexString(text, 65), "must be 65 bytes in hex")).min(1),
});

/** A surface that was fitted and that nobody signed yet. */
export interface UnsignedSurface {
  currency: string;
  observedAt: number;
  slices: SurfaceSlice[];
}

export interface SignedReport {
  report: SurfaceReport;
  signatures: string[];
}

/** What a file holds: fitted surfaces, or one signed report. */
export type SurfaceFile = { fitted: UnsignedSurface[] } | { signed: SignedReport };

/** Throws PlimsollInputError naming the first field that is wrong. */
export function parseSurfaceFile(text: string, name: string): SurfaceFile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new PlimsollInputError(`${name} is no JSON: give it what surface:fit --json prints, or a signed report.`);
  }
  if (typeof value === "object" && value !== null && "signatures" in value) {
    const { underlying, observedAt, slices, signatures } = checked(signed, value, name);
    return { signed: { report: { underlying, observedAt: BigInt(observedAt), slices }, signatures } };
  }
  return { fitted: checked(fits, value, name).surfaces };
}

function checked<T>(schema: z.ZodType<T>, value: unknown, name: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const field = issue?.path.join(".") ?? "";
  throw new PlimsollInputError(
    `${name}: ${field === "" ? "its content" : field} is wrong: ${issue?.message ?? "unreadable"}.`,
  );
}

/** The slices of a fit as its file holds them. */
export function sliceText(one: SurfaceSlice): Record<keyof SurfaceSlice, string> {
  const texts = Object.entries(one).map(([key, value]: [string, bigint]) => [key, value.toString()]);
  return Object.fromEntries(texts) as Record<keyof SurfaceSlice, string>;
}

/** A fit that can be posted. */
export function unsigned({ currency, observedAt, slices }: FittedChain): UnsignedSurface {
  return { currency, observedAt, slices: slices.map((one) => one.slice) };
}

/**
 * The surface as of another moment, every vol as it was: total variance shrinks with the time that is left. Expiries
 * that are over by then are left out.
 */
export function asOf(surface: UnsignedSurface, time: number): UnsignedSurface {
  const { currency, observedAt } = surface;
  const slices = surface.slices
    .filter(({ expiry }) => expiry > BigInt(time))
    .map((one) => {
      const svi = rawSviOf(one);
      const part = (Number(one.expiry) - time) / (Number(one.expiry) - observedAt);
      const moved = toSlice(one.expiry, 1, 0, { ...svi, a: svi.a * part, b: svi.b * part });
      return { ...moved, forwardRatio9: one.forwardRatio9, rate9: one.rate9 };
    });
  return { currency, observedAt: time, slices };
}
