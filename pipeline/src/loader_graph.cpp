#include "loader_graph.h"

#include <tbb/flow_graph.h>

#include <algorithm>
#include <atomic>
#include <cassert>
#include <mutex>
#include <utility>

#include "arena.h"

namespace folio::internal {
namespace {

namespace flow = tbb::flow;

/// A slot on its way through the graph.
struct Flight {
  Slot slot;
  std::atomic<std::size_t> slices_left{0};
};

struct Slice {
  Flight* flight = nullptr;
  std::size_t first = 0;
  std::size_t last = 0;
};

}  // namespace

struct LoaderGraph::Impl {
  using Planner = flow::multifunction_node<std::uint64_t, std::tuple<Slice>, flow::queueing>;
  using Gate = flow::multifunction_node<Flight*, std::tuple<Flight*>, flow::queueing>;

  Impl(LoaderWork the_work, std::uint64_t first)
      : work(std::move(the_work)),
        number(first),
        // One more than in flight: the consumer keeps one while the others are prepared.
        flights(work.in_flight + 1),
        numbers(graph,
                [this](tbb::flow_control& control) -> std::uint64_t {
                  if (stopping) control.stop();
                  return number++;
                }),
        limiter(graph, work.in_flight),
        planner(graph, flow::serial,
                [this](std::uint64_t at, Planner::output_ports_type& ports) {
                  if (!stopping) plan(at, std::get<0>(ports));
                }),
        loader(graph, flow::unlimited,
               [this](const Slice& slice) -> Flight* {
                 if (!stopping) work.load(slice.flight->slot, slice.first, slice.last);
                 // The slice that finishes last sends the batch on.
                 if (slice.flight->slices_left.fetch_sub(1) != 1) return nullptr;
                 if (!stopping) work.finish(slice.flight->slot);
                 return slice.flight;
               }),
        gate(graph, flow::unlimited,
             [](Flight* flight, Gate::output_ports_type& ports) {
               if (flight != nullptr) std::get<0>(ports).try_put(flight);
             }),
        sequencer(graph, [first](Flight* flight) {
          return static_cast<std::size_t>(flight->slot.plan.number - first);
        }) {
    for (Flight& flight : flights) free.push_back(&flight);
    flow::make_edge(numbers, limiter);
    flow::make_edge(limiter, planner);
    flow::make_edge(flow::output_port<0>(planner), loader);
    flow::make_edge(loader, gate);
    flow::make_edge(flow::output_port<0>(gate), sequencer);
    numbers.activate();
  }

  template <typename Port>
  void plan(std::uint64_t at, Port& port) {
    Flight* flight = nullptr;
    {
      const std::lock_guard lock(mutex);
      // The limiter lets no more batches in than there are flights.
      assert(!free.empty());
      flight = free.back();
      free.pop_back();
    }
    work.plan(at, flight->slot);
    const std::size_t samples = flight->slot.plan.indices.size();
    flight->slices_left = (samples + work.slice - 1) / work.slice;
    for (std::size_t first = 0; first < samples; first += work.slice) {
      port.try_put({flight, first, std::min(samples, first + work.slice)});
    }
  }

  PoolUser pool_user;
  LoaderWork work;
  std::uint64_t number;
  std::atomic<bool> stopping{false};
  std::vector<Flight> flights;
  std::mutex mutex;
  std::vector<Flight*> free;  // Guarded by mutex.
  Flight* consumed = nullptr;

  flow::graph graph;
  flow::input_node<std::uint64_t> numbers;
  flow::limiter_node<std::uint64_t> limiter;
  Planner planner;
  flow::function_node<Slice, Flight*> loader;
  Gate gate;
  flow::sequencer_node<Flight*> sequencer;
};

LoaderGraph::LoaderGraph(LoaderWork work, std::uint64_t first) {
  // A graph runs in the arena it is made in.
  arena().execute([&] { impl_ = std::make_unique<Impl>(std::move(work), first); });
}

LoaderGraph::~LoaderGraph() {
  impl_->stopping = true;
  arena().execute([&] {
    impl_->graph.wait_for_all();
    impl_.reset();
  });
}

Slot& LoaderGraph::next() {
  if (impl_->consumed != nullptr) {
    {
      const std::lock_guard lock(impl_->mutex);
      impl_->free.push_back(impl_->consumed);
    }
    impl_->consumed = nullptr;
    impl_->limiter.decrementer().try_put(flow::continue_msg());
  }
  // The graph falls idle when everything that may be in flight is ready, the wanted batch first of
  // all. Waiting joins in the work, which is what makes one core enough.
  while (!impl_->sequencer.try_get(impl_->consumed)) {
    arena().execute([&] { impl_->graph.wait_for_all(); });
  }
  return impl_->consumed->slot;
}

}  // namespace folio::internal
