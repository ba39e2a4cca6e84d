// What Windows is told of the programs, and what they tell of the machine that built them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <windows.h>

#include <fstream>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "common/win32/utf16.h"

namespace proctor {
namespace {

using ::testing::HasSubstr;

struct FreeModule {
  void operator()(HMODULE module) const { ::FreeLibrary(module); }
};

class ProgramResourcesTest : public ::testing::TestWithParam<const char*> {
 protected:
  static std::string Path() {
    std::vector<wchar_t> own(32768);
    const DWORD length = ::GetModuleFileNameW(nullptr, own.data(), static_cast<DWORD>(own.size()));
    const std::string self = FromUtf16(std::wstring_view(own.data(), length));
    return self.substr(0, self.rfind('\\') + 1) + GetParam() + ".exe";
  }

  // The libraries that the system maps before the program runs, in small letters. As an image that
  // is mapped and not run.
  static std::vector<std::string> Imports() {
    const std::unique_ptr<std::remove_pointer_t<HMODULE>, FreeModule> module(
        ::LoadLibraryExW(ToUtf16(Path())->c_str(), nullptr, DONT_RESOLVE_DLL_REFERENCES));
    const auto* const base = reinterpret_cast<const char*>(module.get());
    std::vector<std::string> names;
    if (base == nullptr) return names;
    const auto* const dos = reinterpret_cast<const IMAGE_DOS_HEADER*>(base);
    const auto* const headers = reinterpret_cast<const IMAGE_NT_HEADERS*>(base + dos->e_lfanew);
    const DWORD table =
        headers->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_IMPORT].VirtualAddress;
    for (auto* entry = reinterpret_cast<const IMAGE_IMPORT_DESCRIPTOR*>(base + table);
         entry->Name != 0; ++entry) {
      names.push_back(absl::AsciiStrToLower(base + entry->Name));
    }
    return names;
  }

  // Empty without.
  static std::string Resource(const wchar_t* type, WORD number) {
    const std::unique_ptr<std::remove_pointer_t<HMODULE>, FreeModule> module(
        ::LoadLibraryExW(ToUtf16(Path())->c_str(), nullptr, LOAD_LIBRARY_AS_DATAFILE));
    const HRSRC found = ::FindResourceW(module.get(), MAKEINTRESOURCEW(number), type);
    if (found == nullptr) return "";
    return std::string(
        static_cast<const char*>(::LockResource(::LoadResource(module.get(), found))),
        ::SizeofResource(module.get(), found));
  }
};

TEST_P(ProgramResourcesTest, TheManifestAllowsLongPaths) {
  EXPECT_THAT(Resource(RT_MANIFEST, 1), HasSubstr(">true</longPathAware>"));
}

TEST_P(ProgramResourcesTest, TheVersionIsTold) {
  const std::string bytes = Resource(RT_VERSION, 1);
  std::wstring text(bytes.size() / sizeof(wchar_t), L'\0');
  bytes.copy(reinterpret_cast<char*>(text.data()), text.size() * sizeof(wchar_t));
  EXPECT_NE(text.find(L"" PROCTOR_VERSION), std::wstring::npos);
  EXPECT_NE(text.find(L"Proctor"), std::wstring::npos);
}

// An import of any other library is looked for beside the program first, where who may write there
// could lay one of that name. The list is that of
// HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\KnownDLLs, and what Windows itself maps.
TEST_P(ProgramResourcesTest, OnlyKnownLibrariesAreImported) {
  const std::set<std::string> known = {"advapi32.dll", "gdi32.dll",   "kernel32.dll", "msvcrt.dll",
                                       "ole32.dll",    "shell32.dll", "user32.dll",   "ws2_32.dll"};
  const std::vector<std::string> imported = Imports();
  EXPECT_THAT(imported, ::testing::Contains("kernel32.dll"));
  for (const std::string& library : imported) EXPECT_EQ(known.count(library), 1u) << library;
}

TEST_P(ProgramResourcesTest, NothingTellsWhereItWasBuilt) {
  std::ifstream file(Path(), std::ios::binary);
  std::stringstream bytes;
  bytes << file.rdbuf();
  ASSERT_GT(bytes.str().size(), 100000u);
  EXPECT_EQ(bytes.str().find(PROCTOR_SOURCE_DIR "/"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Programs, ProgramResourcesTest,
                         ::testing::Values("proctord", "proctor-jobhost", "proctor"),
                         [](const auto& program) {
                           const std::string name = program.param;
                           return name.substr(0, name.find('-')) +
                                  (name.find('-') == std::string::npos ? "" : "Jobhost");
                         });

}  // namespace
}  // namespace proctor
