# Another user than the superuser, with a home, a folder for temporary files, a cache of npm and a clone of its own. Who is not the
# superuser takes its place, with the same folders.

user=$(id -un)
user_folder=$work/user
user_clone=$user_folder/statsdrain
# Runs a command as that user in its clone, with nothing of this environment but how npm reaches its registry. PATH is to follow.
in_clone=(env -i "--chdir=$user_clone" "HOME=$user_folder/home" "TMPDIR=$user_folder/tmp" CI=true NO_COLOR=1)
for name in $(compgen -e); do
  case $name in
    npm_config_cache | npm_config_prefix | npm_config_userconfig) ;;
    npm_config_* | NPM_CONFIG_* | NODE_EXTRA_CA_CERTS | SSL_CERT_* | *_proxy | *_PROXY) in_clone+=("$name=${!name}") ;;
  esac
done

is_root() { [ "$(id -u)" -eq 0 ]; }

make_user() {
  mkdir -p "$user_folder/home" "$user_folder/tmp" "$user_clone"
  # What git has, as it stands here, without what was made beside it.
  tar --exclude=./.git --exclude=./node_modules --exclude=./dist --exclude=./coverage -cf - . | tar -xf - -C "$user_clone" || return
  if ! is_root; then
    printf 'this is not the superuser: %s takes the place of the unprivileged user\n' "$user"
    return
  fi
  # A run that was killed leaves it behind.
  id statsdrain-ci >/dev/null 2>&1 || useradd --system --home-dir "$user_folder/home" statsdrain-ci || return
  user=statsdrain-ci
  chown -R "$user:" "$user_folder" || return
  in_clone=(setpriv "--reuid=$user" "--regid=$user" --clear-groups --no-new-privs "${in_clone[@]}")
  "${in_clone[@]}" "PATH=$PATH" id
}

remove_user() {
  [ "$user" != statsdrain-ci ] || userdel --force "$user" || printf 'the user %s is left behind; "userdel" removes it\n' "$user"
}
