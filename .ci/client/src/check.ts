// Small helpers of the drive.

export function equal<T>(got: T, want: T, what: string): void {
  if (JSON.stringify(got) !== JSON.stringify(want)) {
    throw new Error(`${what}: ${JSON.stringify(got)}, want ${JSON.stringify(want)}`);
  }
}

/** The data of an answer that has to be a success. */
export async function ok<D, R extends { data?: D; error?: unknown; response: Response }>(asked: Promise<R>): Promise<NonNullable<R["data"]>> {
  const { data, error, response } = await asked;
  if (data === undefined || data === null) throw new Error(`${response.url}: ${response.status} ${JSON.stringify(error)}`);
  return data as NonNullable<R["data"]>;
}
