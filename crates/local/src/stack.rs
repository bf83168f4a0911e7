//! The pipeline with simulated upstreams around it.

use anyhow::Result;

use crate::{
    Built, Pipeline, PipelineOptions, Simulator, SimulatorOptions, log::Log, port::Reserved,
};

/// What to start.
#[derive(Debug, Clone)]
pub struct StackOptions {
    /// The pipeline.
    pub pipeline: PipelineOptions,
    /// What the simulated world does.
    pub simulator: SimulatorOptions,
}

/// The running pipeline and the simulated world.
#[derive(Debug)]
pub struct Stack {
    pipeline: Pipeline,
    simulator: Simulator,
}

impl Stack {
    /// Starts everything and returns when every process is ready.
    pub async fn start(built: &Built, options: &StackOptions) -> Result<Self> {
        let port = Reserved::new()?;
        let upstreams = format!("http://127.0.0.1:{}", port.number()?);
        let mut pipeline = Pipeline::start(built, &options.pipeline, &upstreams).await?;
        let log = Log::create(pipeline.logs(), "upstream-sim")?;
        let program = built.binary("upstream-sim");
        let simulator =
            Simulator::start(&program, &options.simulator, port, &pipeline, log).await?;
        pipeline.start_pulling(built).await?;
        Ok(Self {
            pipeline,
            simulator,
        })
    }

    /// Everything but the simulated world.
    #[must_use]
    pub const fn pipeline(&self) -> &Pipeline {
        &self.pipeline
    }

    /// The simulated upstreams.
    #[must_use]
    pub const fn simulator(&self) -> &Simulator {
        &self.simulator
    }

    /// Stops everything, upstreams first, so that nothing is refused on the way down.
    pub async fn stop(mut self) {
        self.simulator.process.stop().await;
        self.pipeline.stop().await;
    }
}
