#include "download.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <filesystem>
#include <memory>

#include <curl/curl.h>
#include <openssl/evp.h>

#include <folio/datasets/error.h>

namespace folio::cli {
namespace {

namespace fs = std::filesystem;

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

[[noreturn]] void fail(const std::string& what) {
  throw Error(ErrorKind::kIo, what + ": " + std::strerror(errno));
}

// One transfer. libcurl's callbacks are C: what is thrown in them is kept and thrown on after.
class Transfer {
 public:
  Transfer(const std::string& url, const std::string& part, const Progress& progress)
      : url_(url), part_(part), progress_(progress), curl_(curl_easy_init(), curl_easy_cleanup) {
    if (!curl_) throw Error(ErrorKind::kIo, "libcurl cannot be set up");
  }

  void run() {
    std::error_code none;
    const auto size = fs::file_size(part_, none);
    have_ = none ? 0 : static_cast<curl_off_t>(size);
    file_.reset(std::fopen(part_.c_str(), have_ > 0 ? "ab" : "wb"));
    if (!file_) fail("cannot write " + part_);
    CURL* curl = curl_.get();
    set(CURLOPT_URL, url_.c_str());
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    set(CURLOPT_FOLLOWLOCATION, 1L);
    set(CURLOPT_MAXREDIRS, 5L);
    set(CURLOPT_FAILONERROR, 1L);
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_CONNECTTIMEOUT, 20L);
    // A transfer that has stopped is not waited for: less than 100 bytes/s during a minute.
    set(CURLOPT_LOW_SPEED_LIMIT, 100L);
    set(CURLOPT_LOW_SPEED_TIME, 60L);
    set(CURLOPT_USERAGENT, "folio/" FOLIO_VERSION);
    set(CURLOPT_ERRORBUFFER, message_.data());
    // Not CURLOPT_RESUME_FROM, which fails where a server sends everything all the same.
    const std::string rest = std::to_string(have_) + "-";
    if (have_ > 0) set(CURLOPT_RANGE, rest.c_str());
    set(CURLOPT_WRITEFUNCTION, &Transfer::on_data);
    set(CURLOPT_WRITEDATA, this);
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_XFERINFOFUNCTION, &Transfer::on_progress);
    set(CURLOPT_XFERINFODATA, this);
    const CURLcode result = curl_easy_perform(curl);
    const bool flushed = std::fclose(file_.release()) == 0;
    if (thrown_) std::rethrow_exception(thrown_);
    if (disk_error_ != 0 || !flushed) {
      errno = disk_error_ != 0 ? disk_error_ : errno;
      fail("cannot write " + part_);
    }
    if (result == CURLE_OK) return;
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    // 416: there is nothing after what we have. The digest tells whether that is all.
    if (status == 416) return;
    explain(result, status);
  }

 private:
  template <typename Value>
  void set(CURLoption option, Value value) {
    const CURLcode result = curl_easy_setopt(curl_.get(), option, value);
    if (result != CURLE_OK) {
      throw Error(ErrorKind::kIo, std::string("libcurl: ") + curl_easy_strerror(result));
    }
  }

  [[noreturn]] void explain(CURLcode result, long status) const {
    std::string reason = message_[0] != '\0' ? message_.data() : curl_easy_strerror(result);
    if (status >= 400) reason = "the server answers " + std::to_string(status);
    if (result == CURLE_COULDNT_RESOLVE_HOST || result == CURLE_COULDNT_CONNECT ||
        result == CURLE_COULDNT_RESOLVE_PROXY) {
      reason += "; is there a network? --url takes the files from another place";
    } else if (status < 400) {
      reason += "; run the command again to continue";
    }
    throw Error(ErrorKind::kIo, "cannot download " + url_ + ": " + reason);
  }

  static std::size_t on_data(char* data, std::size_t size, std::size_t count, void* self) {
    auto& transfer = *static_cast<Transfer*>(self);
    if (!transfer.started_) transfer.start();
    const std::size_t bytes = size * count;
    const std::size_t written = std::fwrite(data, 1, bytes, transfer.file_.get());
    if (written != bytes) transfer.disk_error_ = errno;
    return written;
  }

  // A server that knows no ranges sends everything again, with 200 instead of 206.
  void start() {
    started_ = true;
    long status = 0;
    curl_easy_getinfo(curl_.get(), CURLINFO_RESPONSE_CODE, &status);
    if (have_ == 0 || status == 206) return;
    have_ = 0;
    File again(std::freopen(part_.c_str(), "wb", file_.release()));
    file_ = std::move(again);
  }

  static int on_progress(void* self, curl_off_t total, curl_off_t now, curl_off_t, curl_off_t) {
    auto& transfer = *static_cast<Transfer*>(self);
    const auto have = static_cast<std::size_t>(transfer.have_);
    try {
      if (transfer.progress_) {
        transfer.progress_(have + static_cast<std::size_t>(now),
                           total > 0 ? have + static_cast<std::size_t>(total) : 0);
      }
      return 0;
    } catch (...) {
      transfer.thrown_ = std::current_exception();
      return 1;
    }
  }

  const std::string& url_;
  const std::string& part_;
  const Progress& progress_;
  std::unique_ptr<CURL, void (*)(CURL*)> curl_;
  File file_;
  curl_off_t have_ = 0;
  bool started_ = false;
  int disk_error_ = 0;
  std::exception_ptr thrown_;
  std::array<char, CURL_ERROR_SIZE> message_{};
};

}  // namespace

std::string sha256_of(const std::string& path) {
  const File file(std::fopen(path.c_str(), "rb"));
  if (!file) fail("cannot read " + path);
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(),
                                                                   EVP_MD_CTX_free);
  EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr);
  std::array<unsigned char, 1 << 16> buffer;
  while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), file.get())) {
    EVP_DigestUpdate(context.get(), buffer.data(), got);
  }
  if (std::ferror(file.get()) != 0) fail("cannot read " + path);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned length = 0;
  EVP_DigestFinal_ex(context.get(), digest.data(), &length);
  std::string text;
  for (unsigned i = 0; i < length; ++i) {
    std::array<char, 3> hex{};
    std::snprintf(hex.data(), hex.size(), "%02x", digest[i]);
    text += hex.data();
  }
  return text;
}

void download(const std::string& url, const std::string& sha256, const std::string& path,
              const Progress& progress) {
  std::error_code none;
  if (fs::exists(path, none) && sha256_of(path) == sha256) return;
  const std::string part = path + ".part";
  try {
    Transfer(url, part, progress).run();
  } catch (const Error&) {
    if (fs::file_size(part, none) == 0) fs::remove(part, none);
    throw;
  }
  const std::string digest = sha256_of(part);
  if (digest != sha256) {
    fs::remove(part, none);
    throw Error(ErrorKind::kData, url + " is not the file that was expected: its SHA-256 is " +
                                      digest + " and not " + sha256 +
                                      "; what was downloaded has been thrown away");
  }
  fs::rename(part, path, none);
  if (none) throw Error(ErrorKind::kIo, "cannot create " + path + ": " + none.message());
}

}  // namespace folio::cli
