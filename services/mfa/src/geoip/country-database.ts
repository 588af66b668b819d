import { type CountryResponse, Reader } from "mmdb-lib";

/** The country of an address in ISO 3166-1 alpha-2; undefined if the database does not know it. */
export type CountryOf = (address: string) => string | undefined;

/** Reads a database in MaxMind's format whose records name countries. Throws for anything else. */
export function readCountryDatabase(bytes: Buffer): CountryOf {
  const reader = new Reader<CountryResponse>(bytes);
  return (address) => {
    const found = reader.get(address);
    return found?.country?.iso_code ?? found?.registered_country?.iso_code;
  };
}
