// A real OpenID Connect provider on loopback (oidc-provider), with its own pages to sign in and to consent.
// Everybody's account is their mail address, and every password is right. Usage: node provider.mjs PORT REDIRECT_URI
import { Provider } from "oidc-provider";

const [port, redirect] = process.argv.slice(2);
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{ client_id: "yuimaru", client_secret: "a-secret-between-two", redirect_uris: [redirect] }],
  claims: { openid: ["sub"], email: ["email", "email_verified"] },
  cookies: { keys: ["a-key-for-cookies"] },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, email: id, email_verified: !id.startsWith("doubtful") }),
  }),
});
provider.listen(Number(port), "127.0.0.1");
