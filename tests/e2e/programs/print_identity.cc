// Prints what it is, one "name value" a line: ids, groups, capabilities, session, directory, umask,
// descriptors, environment, and whether it can become somebody else.

#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

void PrintIds() {
  uid_t r, e, s;
  if (getresuid(&r, &e, &s) == 0) printf("uids %u %u %u\n", r, e, s);
  gid_t rg, eg, sg;
  if (getresgid(&rg, &eg, &sg) == 0) printf("gids %u %u %u\n", rg, eg, sg);
  gid_t groups[NGROUPS_MAX > 4096 ? 4096 : NGROUPS_MAX];
  const int count = getgroups(static_cast<int>(sizeof(groups) / sizeof(groups[0])), groups);
  printf("groups");
  for (int i = 0; i < count; ++i) printf(" %u", groups[i]);
  printf("\n");
}

void PrintStatus() {
  FILE* const status = fopen("/proc/self/status", "re");
  if (status == nullptr) return;
  char line[512];
  while (fgets(line, sizeof(line), status) != nullptr) {
    if (strncmp(line, "Cap", 3) != 0 && strncmp(line, "NoNewPrivs", 10) != 0 &&
        strncmp(line, "SigBlk", 6) != 0 && strncmp(line, "SigIgn", 6) != 0) {
      continue;
    }
    char name[64];
    char value[64];
    if (sscanf(line, "%63[^:]:\t%63s", name, value) == 2) printf("%s %s\n", name, value);
  }
  fclose(status);
}

void PrintDescriptors() {
  DIR* const directory = opendir("/proc/self/fd");
  if (directory == nullptr) return;
  const int own = dirfd(directory);
  while (const dirent* entry = readdir(directory)) {
    const int fd = atoi(entry->d_name);
    if (entry->d_name[0] == '.' || fd == own) continue;
    char target[PATH_MAX];
    char path[64];
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    const ssize_t length = readlink(path, target, sizeof(target) - 1);
    printf("fd %d %.*s\n", fd, length < 0 ? 0 : static_cast<int>(length), target);
  }
  closedir(directory);
}

const char* Result(int result) { return result == 0 ? "worked" : strerror(errno); }

}  // namespace

int main(int argc, char** argv, char** envp) {
  PrintIds();
  PrintStatus();
  PrintDescriptors();
  printf("pid %d\npgid %d\nsid %d\n", getpid(), getpgrp(), getsid(0));
  char directory[PATH_MAX];
  if (getcwd(directory, sizeof(directory)) != nullptr) printf("cwd %s\n", directory);
  const mode_t mask = umask(0);
  printf("umask %04o\n", mask);
  for (int i = 0; i < argc; ++i) printf("argv %s\n", argv[i]);
  for (char** entry = envp; *entry != nullptr; ++entry) printf("env %s\n", *entry);
  // Last, since an attempt that works changes the answers.
  printf("setuid0 %s\n", Result(setuid(0)));
  printf("setresuid0 %s\n", Result(setresuid(0, 0, 0)));
  printf("setgid0 %s\n", Result(setgid(0)));
  const gid_t none[1] = {0};
  printf("setgroups0 %s\n", Result(setgroups(1, none)));
  return 0;
}
