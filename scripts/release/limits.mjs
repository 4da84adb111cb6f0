// What a release may weigh.

/** Bytes of an addon. */
export const ADDON = 6_500_000;

/** Bytes of the main package and one platform's, unpacked. */
export const INSTALLED = 8_000_000;
