// An own TCP connection, past the tunnel, as a stream.
#pragma once

#include "net/own_endpoints.h"
#include "net/reactor.h"
#include "net/socket_options.h"
#include "net/stream.h"

namespace sluice {

class TcpSocket : public Stream, public Watcher {
 public:
  TcpSocket(StreamHost* host, Reactor* reactor, OwnEndpoints* own, SlabWriter* reader);
  ~TcpSocket() override;
  // Begins to connect. An error at once is told like a later one, from `work`.
  void connect(const Endpoint& remote, const Binding& binding);

  size_t room() const override;
  void work() override;
  void abort(int error) override;
  void consumed(size_t) override {}
  void on_ready(bool readable, bool writable, bool hangup) override;

 private:
  int start(const Endpoint& remote, const Binding& binding);
  void finish_connecting();
  void flush();
  int take_error();
  void fail_writing(int error);
  void read();
  void close();

  Reactor* reactor_;
  OwnEndpoints* own_;
  SlabWriter* reader_;
  int fd_ = -1;
  Endpoint local_;
  int connect_error_ = 0;
  bool connecting_ = false;
  bool readable_ = false;
  bool hangup_ = false;
  bool writable_ = false;
  bool read_ended_ = false;
  bool write_ended_ = false;
  int write_error_ = 0;  // told when everything is read
};

}  // namespace sluice
