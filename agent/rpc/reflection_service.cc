#include "agent/rpc/reflection_service.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include <set>

namespace proctor {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::FileDescriptor;
using grpc::reflection::v1alpha::ServerReflectionRequest;
using grpc::reflection::v1alpha::ServerReflectionResponse;

void AddWithDependencies(const FileDescriptor* file, std::set<std::string>* seen,
                         ServerReflectionResponse* response) {
  if (!seen->insert(file->name()).second) return;
  google::protobuf::FileDescriptorProto proto;
  file->CopyTo(&proto);
  response->mutable_file_descriptor_response()->add_file_descriptor_proto(
      proto.SerializeAsString());
  for (int i = 0; i < file->dependency_count(); ++i) {
    AddWithDependencies(file->dependency(i), seen, response);
  }
}

void AddFile(const FileDescriptor* file, const std::string& what,
             ServerReflectionResponse* response) {
  if (file == nullptr) {
    response->mutable_error_response()->set_error_code(grpc::StatusCode::NOT_FOUND);
    response->mutable_error_response()->set_error_message(what + " is not known");
    return;
  }
  std::set<std::string> seen;
  AddWithDependencies(file, &seen, response);
}

const FileDescriptor* FileOfExtension(const std::string& type, int number) {
  const DescriptorPool* pool = DescriptorPool::generated_pool();
  const auto* message = pool->FindMessageTypeByName(type);
  if (message == nullptr) return nullptr;
  const auto* extension = pool->FindExtensionByNumber(message, number);
  return extension == nullptr ? nullptr : extension->file();
}

void AddExtensionNumbers(const std::string& type, ServerReflectionResponse* response) {
  const DescriptorPool* pool = DescriptorPool::generated_pool();
  const auto* message = pool->FindMessageTypeByName(type);
  if (message == nullptr) return AddFile(nullptr, type, response);
  std::vector<const google::protobuf::FieldDescriptor*> extensions;
  pool->FindAllExtensions(message, &extensions);
  auto* numbers = response->mutable_all_extension_numbers_response();
  numbers->set_base_type_name(type);
  for (const auto* extension : extensions) numbers->add_extension_number(extension->number());
}

// One client's stream: a request, its answer, the next request.
class ReflectionStream final
    : public grpc::ServerBidiReactor<ServerReflectionRequest, ServerReflectionResponse> {
 public:
  explicit ReflectionStream(const std::vector<std::string>* services) : services_(services) {
    StartRead(&request_);
  }

  void OnReadDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::OK);
    Answer();
    StartWrite(&response_);
  }
  void OnWriteDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::CANCELLED);
    StartRead(&request_);
  }
  void OnDone() override { delete this; }

 private:
  void Answer() {
    const DescriptorPool* pool = DescriptorPool::generated_pool();
    response_.Clear();
    response_.set_valid_host(request_.host());
    *response_.mutable_original_request() = request_;
    switch (request_.message_request_case()) {
      case ServerReflectionRequest::kFileByFilename:
        return AddFile(pool->FindFileByName(request_.file_by_filename()),
                       request_.file_by_filename(), &response_);
      case ServerReflectionRequest::kFileContainingSymbol:
        return AddFile(pool->FindFileContainingSymbol(request_.file_containing_symbol()),
                       request_.file_containing_symbol(), &response_);
      case ServerReflectionRequest::kFileContainingExtension: {
        const auto& wanted = request_.file_containing_extension();
        return AddFile(FileOfExtension(wanted.containing_type(), wanted.extension_number()),
                       wanted.containing_type(), &response_);
      }
      case ServerReflectionRequest::kAllExtensionNumbersOfType:
        return AddExtensionNumbers(request_.all_extension_numbers_of_type(), &response_);
      case ServerReflectionRequest::kListServices:
        for (const std::string& name : *services_) {
          response_.mutable_list_services_response()->add_service()->set_name(name);
        }
        return;
      case ServerReflectionRequest::MESSAGE_REQUEST_NOT_SET:
        response_.mutable_error_response()->set_error_code(grpc::StatusCode::INVALID_ARGUMENT);
        response_.mutable_error_response()->set_error_message("the request is empty");
        return;
    }
  }

  const std::vector<std::string>* const services_;
  ServerReflectionRequest request_;
  ServerReflectionResponse response_;
};

}  // namespace

grpc::ServerBidiReactor<ServerReflectionRequest, ServerReflectionResponse>*
ReflectionService::ServerReflectionInfo(grpc::CallbackServerContext*) {
  return new ReflectionStream(&services_);
}

}  // namespace proctor
