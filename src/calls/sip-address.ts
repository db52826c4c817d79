// Whether a text is a SIP address that may be called. Pure; agents' connections and transfers ask it.

const SIP_ADDRESS = /^sips?:([^\s:@]+@)?[^\s:@/?]+(:\d{1,5})?([;?]\S*)?$/i;
const LONGEST = 300;

/** A host, with a user, a port and parameters as it likes; a password in it is refused. */
export function isSipAddress(text: string): boolean {
  return text.length <= LONGEST && SIP_ADDRESS.test(text);
}
