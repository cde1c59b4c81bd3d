"use strict";
// Passkeys need a script; everything else works without. The forms are hidden until it runs.
(() => {
  const keys = window.PublicKeyCredential;
  if (!keys || !keys.parseRequestOptionsFromJSON) return;
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      ask(form);
    });
  }

  async function ask(form) {
    const says = form.querySelector("[role=status]");
    says.textContent = "端末の画面で確認してください。";
    try {
      const answer = await fetch(form.dataset.passkey, { method: "POST" });
      if (!answer.ok) throw new Error(answer.status);
      const { challenge, options } = await answer.json();
      const credential = options.user
        ? await navigator.credentials.create({ publicKey: keys.parseCreationOptionsFromJSON(options) })
        : await navigator.credentials.get({ publicKey: keys.parseRequestOptionsFromJSON(options) });
      form.elements.challenge.value = challenge;
      form.elements.credential.value = JSON.stringify(credential);
      // One box on the page says for every way of signing in whether others use this browser, too.
      const shared = document.getElementById("shared");
      if (form.elements.shared && shared) form.elements.shared.value = shared.checked ? "1" : "";
      form.submit();
    } catch {
      says.textContent = "パスキーを使えませんでした。もう一度試すか、ほかの方法を使ってください。";
    }
  }
})();
